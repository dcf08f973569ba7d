import { readFileSync } from 'node:fs'
import pg from 'pg'

/** Milliseconds of processor that this process and the server's sessions have used so far. */
export interface Cpu {
  client: number
  server: number
}

/** Linux only: elsewhere the server's part is 0. Ticks are 10 ms, so that only differences over a second tell. */
export async function cpuMeter(url: string): Promise<{ read(): Promise<Cpu>; end(): Promise<void> }> {
  const admin = new pg.Client({ connectionString: url })
  await admin.connect()
  return {
    async read() {
      const { rows } = await admin.query<{ pid: number }>(
        `select pid from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()`,
      )
      const { user, system } = process.cpuUsage()
      return { client: (user + system) / 1000, server: rows.reduce((sum, { pid }) => sum + ticksOf(pid) * 10, 0) }
    },
    end: () => admin.end(),
  }
}

function ticksOf(pid: number): number {
  if (process.platform !== 'linux') return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
  return Number(fields[11]) + Number(fields[12])
}
