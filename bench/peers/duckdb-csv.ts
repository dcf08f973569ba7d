import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { quoteIdent } from '../../src/postgres/ident.ts'
import { install, versionOf } from '../install.ts'
import { CACHE, job } from '../places.ts'
import { inSequence, measure } from '../process.ts'
import { prepare, psql } from '../psql.ts'
import { tableRecords } from '../table-records.ts'
import type { Availability, Context, Peer } from './peer.ts'

const PACKAGE = '@duckdb/node-api@1.5.6-r.1'
const HOME = join(CACHE, 'duckdb-1.5.6-r.1')

/** The best of the general tools: DuckDB reads the JSON and writes CSV, psql loads that. Nothing is verified. */
export const duckdbCsv: Peer = {
  name: 'duckdb-csv',
  what: 'DuckDB reads the JSON and writes CSV, psql `\\copy` loads it',
  readsJson: true,
  available,
  run,
  rebuild: ({ url }, nulls) => tableRecords(url, { from: 'records', member: (column) => column, nulls }),
}

async function available(): Promise<Availability> {
  const loader = await versionOf('psql', '--version')
  if ('missing' in loader) return loader
  if (!existsSync(HOME)) {
    const failure = await install(HOME, ['npm', 'install', '--prefix', '.', '--no-save', '--no-audit', PACKAGE])
    if (failure !== undefined) return { missing: failure }
  }
  return { version: PACKAGE }
}

async function run({ url, source, scratch }: Context) {
  const csv = join(scratch, 'records.csv')
  const written = await measure({ argv: [process.execPath, job('duckdb-csv.mjs'), HOME, source.json, csv] })
  // The user writes the table by hand between the two steps; that time is not counted.
  await prepare(url, tableFor(JSON.parse(written.stdout) as [string, string][], source.keyed))
  return inSequence(written, await psql(url, `\\copy records from '${csv}' (format csv)`))
}

const TYPES: [RegExp, string][] = [
  [/^BOOLEAN$/, 'boolean'],
  [/^(TINY|SMALL|U?BIG|U?INTEGER)?(INT)?$/, 'bigint'],
  [/^(U?HUGEINT|DECIMAL.*)$/, 'numeric'],
  [/^(DOUBLE|FLOAT)$/, 'double precision'],
  [/^TIMESTAMP/, 'timestamptz'],
  [/^DATE$/, 'date'],
  [/\[\]$|^(STRUCT|MAP|JSON)/, 'jsonb'],
]

/** The hard stores get no primary key, to the peer's favour: a repeated id would only refuse the whole load. */
function tableFor(columns: [name: string, type: string][], keyed: boolean): string {
  const definitions = columns.map(([name, type]) => {
    const postgresType = TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? 'text'
    return `${quoteIdent(name)} ${postgresType}${keyed && name === 'id' ? ' primary key' : ''}`
  })
  return `create table records (${definitions.join(', ')})`
}
