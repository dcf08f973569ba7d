// node duckdb-csv.mjs HOME STORE CSV: {"records":[…]} to CSV with DuckDB; prints its columns as [[name, type], …].
import { statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

const [home, store, csv] = process.argv.slice(2)
const { DuckDBInstance } = createRequire(join(home, 'package.json'))('@duckdb/node-api')
const connection = await (await DuckDBInstance.create(':memory:')).connect()
// The document is one object, which DuckDB wants to hold whole: its limit must exceed the file.
const size = statSync(store).size + 1024
const quoted = (path) => `'${path.replaceAll("'", "''")}'`
const source = `read_json(${quoted(store)}, maximum_object_size = ${size})`
await connection.run(`create table records as select unnest(records, max_depth := 2) from ${source}`)
const described = await connection.runAndReadAll('describe records')
const columns = described.getRows().map(([name, type]) => [name, type])
const nested = (type) => /\[\]$|^(STRUCT|MAP)/.test(type)
const identifier = (name) => `"${name.replaceAll('"', '""')}"`
const selected = columns.map(([name, type]) => (nested(type) ? `to_json(${identifier(name)})` : identifier(name)))
await connection.run(`copy (select ${selected} from records) to ${quoted(csv)} (format csv, header false)`)
process.stdout.write(JSON.stringify(columns))
