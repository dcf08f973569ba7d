/** Loads a service that serves the Idea Bank's `/api/items`, measures it, and judges what it did: see the usage. */
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { measure } from './measure.ts'
import { type Options, readOptions } from './options.ts'
import { type Report, tableOf } from './report.ts'

async function load(options: Options): Promise<Report[]> {
  const { out, clients: counts, json, ...rest } = options
  const { signal } = new AbortController()
  const root = out ?? (await mkdtemp(join(tmpdir(), 'outgrow-load-')))
  process.stderr.write(`The clients' logs are in ${root}\n`)
  const reports: Report[] = []
  for (const clients of counts) {
    const folder = join(root, `${clients}-clients`)
    const report = await measure({ ...rest, clients, folder, signal })
    if (!json) process.stdout.write(`${tableOf(report)}\n\n`)
    reports.push(report)
  }
  return reports
}

try {
  const options = readOptions(process.argv.slice(2))
  const reports = await load(options)
  if (options.json) process.stdout.write(`${JSON.stringify(reports, null, 2)}\n`)
  if (!reports.every(({ ok }) => ok)) process.exitCode = 3
} catch (error) {
  if (!(error instanceof Error)) throw error
  process.stderr.write(`${error.message}\n`)
  process.exitCode = 1
}
