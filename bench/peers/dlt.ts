import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { install, versionOf } from '../install.ts'
import { CACHE, job } from '../places.ts'
import { measure } from '../process.ts'
import { storeRecords } from '../store-records.ts'
import { tableRecords } from '../table-records.ts'
import type { Availability, Context, NullReading, Peer } from './peer.ts'

const PACKAGE = 'dlt[postgres]==1.31.0'
const HOME = join(CACHE, 'dlt-1.31.0')
const PYTHON = join(HOME, 'venv/bin/python')

/** The data engineer's loader: Python, schema inferred as it goes, many formats and destinations. */
export const dlt: Peer = {
  name: 'dlt',
  what: 'reads the JSON, infers and loads, all with its defaults; no key',
  readsJson: true,
  available,
  run: ({ url, source, scratch }) =>
    measure({
      argv: [PYTHON, job('dlt_load.py'), url, source.json, scratch],
      cwd: scratch,
      env: { RUNTIME__DLTHUB_TELEMETRY: 'false', RUNTIME__LOG_LEVEL: 'CRITICAL', DLT_DATA_DIR: scratch },
    }),
  rebuild,
}

async function available(): Promise<Availability> {
  if (!existsSync(HOME)) {
    // Not a relocatable venv: pip is called as a module, so that only the interpreter's link must hold.
    const python: [string, ...string[]] = ['venv/bin/python', '-m', 'pip', 'install', '--quiet', PACKAGE]
    const failure = await install(HOME, ['python3', '-m', 'venv', 'venv'], python)
    if (failure !== undefined) return { missing: failure }
  }
  return versionOf(PYTHON, '-m', 'dlt', '--version')
}

/** dlt renames members to snake_case; the names of the source are put back where that is unambiguous, to its favour. */
async function* rebuild({ url, source }: Context, nulls: NullReading): AsyncGenerator<string> {
  const names = await memberNames(source.json)
  const member = (column: string): string | undefined =>
    column.startsWith('_dlt_') ? undefined : (names.get(plainName(column)) ?? column)
  yield* tableRecords(url, { from: 'bench.records', member, nulls })
}

async function memberNames(store: string): Promise<Map<string, string>> {
  const names = new Map<string, string>()
  let looked = 0
  for await (const record of storeRecords(store)) {
    for (const name of Object.keys(JSON.parse(record) as object)) names.set(snakeCase(name), name)
    if (++looked === 1_000) break
  }
  return names
}

/** A value of another type than the column's goes to a column of its own, `value__v_text`: it is the same member. */
const plainName = (column: string): string => column.replace(/__v_\w+$/, '')
const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toLowerCase()
    .replace(/\W+/g, '_')
