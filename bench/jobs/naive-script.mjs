// node naive-script.mjs URL FILE: the migration script as it is usually written, without the mistakes that are easy to avoid.
import { readFile } from 'node:fs/promises'
import pg from 'pg'

const BATCH = 1_000
const [url, file] = process.argv.slice(2)
const { records } = JSON.parse(await readFile(file, 'utf8'))
const columns = Object.keys(records[0])

const typeOf = (value) => {
  if (typeof value === 'number') return Number.isInteger(value) ? 'bigint' : 'double precision'
  if (typeof value === 'boolean') return 'boolean'
  if (value !== null && typeof value === 'object') return 'jsonb'
  return /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value) ? 'timestamptz' : 'text'
}
const cell = (value) => (value !== null && typeof value === 'object' ? JSON.stringify(value) : (value ?? null))
const quoted = (name) => `"${name.replaceAll('"', '""')}"`
const definition = (name) => `${quoted(name)} ${typeOf(records[0][name])}${name === 'id' ? ' primary key' : ''}`

const client = new pg.Client({ connectionString: url })
await client.connect()
await client.query(`create table records (${columns.map(definition)})`)
for (let start = 0; start < records.length; start += BATCH) {
  const batch = records.slice(start, start + BATCH)
  const tuples = batch.map((_, row) => `(${columns.map((_, column) => `$${row * columns.length + column + 1}`)})`)
  const values = batch.flatMap((record) => columns.map((name) => cell(record[name])))
  await client.query(`insert into records (${columns.map(quoted)}) values ${tuples}`, values)
}
await client.end()
