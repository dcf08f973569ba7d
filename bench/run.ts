import { stat } from 'node:fs/promises'
import { isOutgrowError, OutgrowError } from '../src/errors.ts'
import { flatFile } from './generate.ts'
import { growth, moveOnce } from './growth.ts'
import { hardRace } from './hard-race.ts'
import { writeBetweenMarkers, writeCsv } from './keep.ts'
import { machineLine } from './machine.ts'
import { type Options, readOptions } from './options.ts'
import { PEERS } from './peers/all.ts'
import { outgrow } from './peers/outgrow.ts'
import { CACHE, REPORT, RESULTS } from './places.ts'
import { enter, race, type Talk } from './race.ts'
import { type Results, report } from './report.ts'
import { type Server, startServer } from './server.ts'

const SMALL_STORE = 400

const talk: Talk = (line) => process.stderr.write(`${line}\n`)

const shortName = (name: string): string => name.split(' ')[0] as string

/** A part asked for that does not exist is a slip of the pen, and must not end as an empty report. */
function refuseUnknown(only: string[] | undefined): void {
  const known = [...PEERS.map((peer) => shortName(peer.name)), 'hard', 'growth', 'small']
  const unknown = only?.find((name) => !known.includes(name))
  if (unknown === undefined) return
  throw new OutgrowError('usage', `--only knows no ${unknown}`, { next: `Choose among ${known.join(', ')}.` })
}

/** The whole bench on one server. */
async function bench(options: Options, server: Server, now: Date): Promise<Results> {
  const wanted = (name: string): boolean => options.only === undefined || options.only.includes(shortName(name))
  const entries = await enter(
    PEERS.filter((peer) => wanted(peer.name)),
    options.records,
    talk,
  )
  await race(server, entries, options.runs, talk)
  const present = entries.filter(({ version, peer }) => version !== '' && peer.readsJson).map(({ peer }) => peer)
  // Without a run that went well there is nothing to draw: its failure is in the table, and the peers' figures are kept.
  const drawable = !entries.some(({ peer, failure }) => peer === outgrow && failure !== undefined)
  return {
    machine: machineLine(server.version, now),
    command: options.command,
    records: options.records,
    runs: options.runs,
    bytes: (await stat(await flatFile(CACHE, options.records, 'json'))).size,
    entries,
    hard: wanted('hard') ? await hardRace(server, present, talk) : [],
    sizes: drawable && wanted('growth') ? await growth(server, outgrow, options.megabytes, talk) : [],
    small: drawable && wanted('small') ? await smallStore(server, options.runs) : [],
  }
}

async function smallStore(server: Server, runs: number): Promise<number[]> {
  const seconds: number[] = []
  for (let run = 0; run < runs; run++) seconds.push((await moveOnce(server, outgrow, SMALL_STORE)).outcome.seconds)
  return seconds
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2))
  refuseUnknown(options.only)
  const now = new Date()
  const server = await startServer()
  // The embedded server outlives whoever started it, unless it is told.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.once(signal, () => void server.stop().finally(() => process.exit(130)))
  }
  try {
    const results = await bench(options, server, now)
    const text = report(results)
    process.stdout.write(`${text}\n`)
    talk(`every measurement: ${await writeCsv(RESULTS, results, now)}`)
    const failed = results.entries.some(({ peer, failure }) => peer === outgrow && failure !== undefined)
    // Part of the bench, a short one or one without our own figures must not replace those of a whole one.
    if (!options.short && options.only === undefined && !failed) await writeBetweenMarkers(REPORT, text)
    if (failed) process.exitCode = 1
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
