import pg from 'pg'
import { type Measured, measure } from './process.ts'

/** Runs psql commands (`-c` each) under measurement; the first error ends it. */
export function psql(url: string, ...commands: string[]): Promise<Measured> {
  const flags = commands.flatMap((command) => ['-c', command])
  return measure({ argv: ['psql', '--no-psqlrc', '--quiet', '--set=ON_ERROR_STOP=1', ...flags, url] })
}

/** Runs SQL that is not part of what is measured. */
export async function prepare(url: string, sql: string): Promise<void> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    await client.query(sql)
  } finally {
    await client.end()
  }
}
