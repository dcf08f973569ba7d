import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OutgrowError } from '../../src/errors.ts'
import { COMPILED, OUTGROW } from '../places.ts'
import { measure } from '../process.ts'
import { storeRecords } from '../store-records.ts'
import type { Context, Peer } from './peer.ts'

const STORE = 'bench'

/** The part of `migrate --json` that is read here; the whole is a contract of the command line. */
interface MigrateReport {
  status: string
  verification: { records: number; mismatches: number }
  seconds: Record<string, number>
}

/** outgrow as its users run it: the command, with everything that it does besides loading. */
export const outgrow: Peer = {
  name: 'outgrow migrate',
  what: 'the command: infer, backups, load, read back and compare every record, commit, audit',
  readsJson: true,
  available: async () => ({ version: existsSync(COMPILED) ? 'compiled' : 'from source, by tsx' }),
  async run(context) {
    const measured = await outgrowCommand(context, 'migrate', context.source.json, '--name', STORE)
    const report = JSON.parse(measured.stdout) as MigrateReport
    if (report.status !== 'committed') throw new OutgrowError('failure', `migrate ended as ${report.status}`)
    return { ...measured, phases: report.seconds }
  },
  async *rebuild(context, nulls) {
    const file = join(context.scratch, `export-${nulls}.json`)
    await outgrowCommand(context, 'export', STORE, '--out', file)
    yield* storeRecords(file)
  },
}

/** Run in the scratch directory, where backups and pages of the migration log then go. */
function outgrowCommand({ url, scratch }: Context, ...args: string[]) {
  return measure({ argv: [process.execPath, OUTGROW, ...args, '--to', url, '--json'], cwd: scratch })
}
