import type { FastifyBaseLogger } from 'fastify'
import type { Parts } from './parts.ts'

/**
 * Milliseconds that bytes without a record are left alone while other processes may be about to write it: more than a
 * transaction may take with all its timeouts.
 */
const AGE = 5 * 60_000

/**
 * Sweeps the upload folder at the start, and from time to time after it, of bytes that a crash left without a record. Where
 * no other process writes the store, nothing can be under way yet: then all of them go, before this returns and a first upload
 * can come. Returns what ends it.
 */
export async function keepSwept(
  { store, folder }: Pick<Parts, 'store' | 'folder'>,
  log: FastifyBaseLogger,
): Promise<() => Promise<void>> {
  const named = async (): Promise<Set<string>> => {
    const files = await store.find('files', {})
    return new Set(files.flatMap(({ stored_name: name }) => (typeof name === 'string' ? [name] : [])))
  }
  const sweep = async (age: number): Promise<void> => {
    try {
      const swept = await folder.sweep(named, age)
      if (swept > 0) log.info({ swept }, 'Bytes without a record were removed.')
    } catch (err) {
      log.warn({ err }, 'The upload folder could not be swept; it is tried again later.')
    }
  }
  const isAlone = await store.isAlone()
  if (isAlone) await sweep(0)
  let under = isAlone ? Promise.resolve() : sweep(AGE)
  const timer = setInterval(() => {
    under = under.then(() => sweep(AGE))
  }, AGE).unref()
  return async () => {
    clearInterval(timer)
    await under
  }
}
