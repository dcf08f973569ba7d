// node pg-copy.mjs URL FILE: COPY of a ready-made file into table records.
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from } from 'pg-copy-streams'

const [url, file] = process.argv.slice(2)
const client = new pg.Client({ connectionString: url })
await client.connect()
await pipeline(createReadStream(file, { highWaterMark: 1 << 18 }), client.query(from('copy records from stdin')))
await client.end()
