import pg from 'pg'
import type { NullReading } from './peers/peer.ts'

export interface Reading {
  /** A relation or parenthesised query, as written in SQL. */
  from: string
  /** Name of the member that a column holds; undefined where the column is the tool's own and no part of the record. */
  member(column: string): string | undefined
  nulls: NullReading
}

const BATCH = 5_000
const asText: pg.CustomTypesConfig = { getTypeParser: () => (text: string) => text }

/**
 * Every row of a peer's table as the JSON text of the record it stands for, read in the way that suits the peer best:
 * instants print as JavaScript prints them, numbers as PostgreSQL does, JSON columns as they are.
 */
export async function* tableRecords(url: string, reading: Reading): AsyncGenerator<string> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(`set timezone to 'UTC'; begin; declare bench no scroll cursor for select * from ${reading.from}`)
    for (;;) {
      const batch = await client.query<(string | null)[]>({
        text: `fetch ${BATCH} from bench`,
        rowMode: 'array',
        types: asText,
      })
      for (const row of batch.rows) yield recordOf(batch.fields, row, reading)
      if (batch.rows.length < BATCH) return
    }
  } finally {
    await client.end()
  }
}

function recordOf(fields: pg.FieldDef[], row: (string | null)[], reading: Reading): string {
  const members = fields.flatMap((field, index) => {
    const name = reading.member(field.name)
    const cell = row[index] ?? null
    if (name === undefined || (cell === null && reading.nulls === 'absent')) return []
    return `${JSON.stringify(name)}:${cell === null ? 'null' : jsonOf(field.dataTypeID, cell)}`
  })
  return `{${members.join(',')}}`
}

const asNumber = (cell: string): string => (/\d/.test(cell) ? cell : JSON.stringify(cell))
const asInstant = (cell: string): string => {
  const instant = new Date(`${cell.replace(' ', 'T').replace(/\+00$/, '')}Z`)
  return JSON.stringify(Number.isNaN(instant.valueOf()) ? cell : instant.toISOString())
}
const asIs = (cell: string): string => cell

const JSON_OF_TYPE: Record<number, (cell: string) => string> = {
  [pg.types.builtins.BOOL]: (cell) => (cell === 't' ? 'true' : 'false'),
  [pg.types.builtins.INT2]: asNumber,
  [pg.types.builtins.INT4]: asNumber,
  [pg.types.builtins.INT8]: asNumber,
  [pg.types.builtins.FLOAT4]: asNumber,
  [pg.types.builtins.FLOAT8]: asNumber,
  [pg.types.builtins.NUMERIC]: asNumber,
  [pg.types.builtins.TIMESTAMP]: asInstant,
  [pg.types.builtins.TIMESTAMPTZ]: asInstant,
  [pg.types.builtins.JSON]: asIs,
  [pg.types.builtins.JSONB]: asIs,
}

function jsonOf(type: number, cell: string): string {
  return (JSON_OF_TYPE[type] ?? JSON.stringify)(cell)
}
