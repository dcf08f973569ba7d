import { stat } from 'node:fs/promises'
import { OutgrowError } from '../errors.ts'
import { writeDurably } from '../jsonstore/durable.ts'
import { salvage } from '../jsonstore/salvage.ts'
import { openSnapshot } from '../jsonstore/snapshot.ts'

export interface SalvageReport {
  file: string
  out: string
  records: number
  /** Bytes [from, to) of the file that are not in `out`, and why. */
  lost: { from: number; to: number; why: string }[]
  /** Bytes that stand in `out` in another spelling. */
  respelled: { from: number; to: number; why: string }[]
}

/**
 * Writes what can be read of a damaged store to a new file, and lists every byte that is not in it. Nothing is guessed and
 * nothing is migrated; the damaged file is left as it is, and an `out` that exists is refused.
 */
export async function salvageStore(file: string, out: string): Promise<SalvageReport> {
  if (await exists(out))
    throw new OutgrowError('target-occupied', `The file ${out} is there already.`, {
      place: out,
      next: 'Give the path of a file that does not exist yet.',
    })
  const snapshot = await openSnapshot(file)
  try {
    const found: Omit<SalvageReport, 'file' | 'out'> = { records: 0, lost: [], respelled: [] }
    await writeDurably(out, async (sink) => {
      const { kept, lost, respelled } = await salvage(snapshot.file, snapshot.bytes, sink)
      Object.assign(found, { records: kept, lost, respelled })
    })
    return { file, out, ...found }
  } finally {
    await snapshot.close()
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
