import { writeSync } from 'node:fs'
import { makeWorkFolder } from '../../src/cli/work-folder.ts'
import { isOutgrowError } from '../../src/errors.ts'
import { silent } from '../../src/log.ts'
import { type EmbeddedOptions, startEmbedded } from '../../src/postgres/embedded.ts'
import type { Context, Failpoint } from '../../src/verbs/context.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import { rollback } from '../../src/verbs/rollback.ts'

/** What a test asks of another process. */
export type Order = {
  place: Omit<Context, 'log' | 'progress' | 'failpoint'>
  failpoint?: Failpoint | undefined
  signal?: 'SIGSTOP'
  embedded?: EmbeddedOptions
} & (
  | { verb: 'migrate'; request: Parameters<typeof migrate>[1] }
  | { verb: 'rollback'; name: string; options: Parameters<typeof rollback>[2] }
)

/**
 * A process of its own that carries out the order in argv[2] as the command line would: says `started`, kills itself as
 * kill -9 does (or stops, as SIGSTOP does) at the failpoint, and ends with a line of JSON and the exit status of its error.
 */
async function main(order: Order): Promise<void> {
  const work = await makeWorkFolder(order.place.work)
  const embedded = order.embedded === undefined ? undefined : await startEmbedded(order.embedded)
  const context: Context = {
    ...order.place,
    url: embedded?.url ?? order.place.url,
    work: work.path,
    log: silent,
    progress: () => {},
    failpoint: (name) => {
      if (name !== order.failpoint) return
      writeSync(1, `reached ${name}\n`)
      process.kill(process.pid, order.signal ?? 'SIGKILL')
    },
  }
  process.stdout.write('started\n')
  try {
    const report = await (order.verb === 'migrate'
      ? migrate(context, order.request)
      : rollback(context, order.name, order.options))
    process.stdout.write(`${JSON.stringify({ report })}\n`)
  } catch (error) {
    if (!isOutgrowError(error)) throw error
    const { code, message, place, next } = error
    process.stdout.write(`${JSON.stringify({ error: { code, message, place, next } })}\n`)
    process.exitCode = error.exit
  } finally {
    await work.remove()
    await embedded?.stop()
  }
}

void main(JSON.parse(process.argv[2] ?? '') as Order)
