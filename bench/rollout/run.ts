import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isOutgrowError } from '../../src/errors.ts'
import { writeBetweenMarkers } from '../keep.ts'
import { machineLine } from '../machine.ts'
import { REPORT, REPOSITORY, RESULTS } from '../places.ts'
import { type Server, startServer } from '../server.ts'
import { CONTENDERS, type Contender, NOT_AT_GREATEST } from './contenders.ts'
import { cutovers } from './cutover.ts'
import { load, type Measurement, OPERATIONS } from './measure.ts'
import { type RolloutOptions, readRolloutOptions } from './options.ts'
import { type RolloutResults, rolloutCsv, rolloutReport } from './report.ts'
import { withService } from './running.ts'
import { judgeRollout } from './verdicts.ts'

const talk = (line: string): void => void process.stderr.write(`${line}\n`)

/** A service of its own for each way and size, so that none finds what another one left. */
async function measureAll(server: Server, options: RolloutOptions): Promise<Measurement[]> {
  const { sizes } = options
  const measurements: Measurement[] = []
  for (const records of sizes.all) {
    const isGreatest = sizes.all.length > 1 && records === sizes.all.at(-1)
    for (const contender of CONTENDERS) {
      if (isGreatest && NOT_AT_GREATEST.includes(contender.name)) continue
      const begin = performance.now()
      await withService(server, contender, records, async ({ url }) => {
        talk(`${contender.name}, ${records} records: there after ${((performance.now() - begin) / 1000).toFixed(1)} s`)
        measurements.push(...(await measureOne(url, contender, records, options)))
      })
    }
  }
  return measurements
}

async function measureOne(
  url: string,
  { name: contender }: Contender,
  records: number,
  { sizes, clients, seconds }: RolloutOptions,
): Promise<Measurement[]> {
  const measurements: Measurement[] = []
  await load({ url, operation: 'get', clients: clients.main, seconds: seconds / 3, records })
  for (const count of records === sizes.main ? clients.all : [clients.main]) {
    for (const operation of OPERATIONS) {
      const figures = await load({ url, operation, clients: count, seconds, records })
      const rate = figures.seconds === 0 ? 0 : figures.answers / figures.seconds
      measurements.push({ contender, records, clients: count, operation, ...figures, rate })
    }
  }
  return measurements
}

/** Under the results with the time of the run in its name, and beside the page. */
async function keep(results: RolloutResults, now: Date): Promise<void> {
  const csv = rolloutCsv(results)
  await mkdir(RESULTS, { recursive: true })
  const path = join(RESULTS, `rollout-${now.toISOString().replace(/\D/g, '').slice(0, 14)}.csv`)
  await writeFile(path, csv)
  talk(`every measurement: ${path}`)
  await writeFile(join(REPOSITORY, 'docs', 'benchmarks-rollout.csv'), csv)
  await writeBetweenMarkers(REPORT, rolloutReport(results), 'bench-rollout')
}

async function main(): Promise<void> {
  const options = readRolloutOptions(process.argv.slice(2))
  const { sizes, clients, seconds, command } = options
  const now = new Date()
  const server = await startServer()
  for (const signal of ['SIGINT', 'SIGTERM'] as const)
    process.once(signal, () => void server.stop().finally(() => process.exit(130)))
  try {
    const measurements = await measureAll(server, options)
    const changed = await cutovers(server, { records: sizes.main, clients: clients.main, seconds: 2 + 2 * seconds })
    const verdicts = judgeRollout(measurements, changed, options)
    const machine = machineLine(server.version, now)
    const results = { machine, command, seconds, measurements, cutovers: changed, verdicts }
    process.stdout.write(`${rolloutReport(results)}\n`)
    // A short run must not replace the figures of a whole one.
    if (!options.short) await keep(results, now)
  } finally {
    await server.stop()
  }
}

try {
  await main()
} catch (error) {
  if (isOutgrowError(error, 'usage')) talk([error.message, error.next].filter(Boolean).join('\n'))
  else talk(error instanceof Error ? (error.stack ?? error.message) : String(error))
  process.exitCode = isOutgrowError(error) ? error.exit : 1
}
