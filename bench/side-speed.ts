/**
 * What a store costs over a plain `pg` service: `npx tsx bench/side-speed.ts [--records 10000] [--seconds 1] [--rounds 5]
 * [--url URL] [--only get,update]`. Contenders take turns within each round. Shown: requests a second, processor time of
 * client + server each, and the ratios of both to the plain service (above 1 is better); medians of the rounds.
 */
import { parseArgs } from 'node:util'
import { startServer } from './server.ts'
import type { Contender } from './side/contender.ts'
import { cpuMeter } from './side/cpu.ts'
import { ideaId } from './side/ideas.ts'
import { plainPg } from './side/plain.ts'
import { throughSide } from './side/side.ts'
import { completePlan, fillTables, livePlan, vacuum } from './side/tables.ts'

const { values } = parseArgs({
  options: {
    url: { type: 'string' },
    records: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '1' },
    rounds: { type: 'string', default: '5' },
    callers: { type: 'string', default: '1,16' },
    only: { type: 'string', default: 'get,list,page,insert,update,transact' },
  },
})
const records = Number(values.records)
const SESSIONS = 10

type Meter = Awaited<ReturnType<typeof cpuMeter>>
type Request = (contender: Contender, n: number) => Promise<unknown>

let made = 0
const REQUESTS: Record<string, Request> = {
  get: (contender, n) => contender.get(ideaId(n % records)),
  list: (contender) => contender.list(),
  page: (contender, n) => contender.page((n * 50) % (records / 2)),
  insert: (contender, n) => contender.insert(`new-${++made}`, n),
  update: (contender, n) => contender.update(ideaId(n % records)),
  transact: (contender, n) => contender.transact(ideaId(n % records)),
}

/** What a round of requests took: requests a second, and processor time of client and server, in microseconds each. */
interface Round {
  rate: number
  client: number
  server: number
}

async function round(meter: Meter, contender: Contender, request: Request, callers: number): Promise<Round> {
  const before = await meter.read()
  const from = performance.now()
  const until = from + Number(values.seconds) * 1000
  let done = 0
  const caller = async (): Promise<void> => {
    while (performance.now() < until) {
      made += 7919
      await request(contender, made)
      done++
    }
  }
  await Promise.all(Array.from({ length: callers }, caller))
  const rate = (done * 1000) / (performance.now() - from)
  const after = await meter.read()
  const each = (now: number, then: number): number => ((now - then) * 1000) / done
  return { rate, client: each(after.client, before.client), server: each(after.server, before.server) }
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

const cost = ({ client, server }: Round): number => client + server

async function compare(url: string, contenders: Contender[], meter: Meter): Promise<void> {
  for (const callers of values.callers.split(',').map(Number))
    for (const name of values.only.split(',')) {
      const request = REQUESTS[name]
      if (request === undefined) throw new Error(`no request ${name}`)
      await vacuum(url)
      for (const contender of contenders) await round(meter, contender, request, callers)
      const rounds: Round[][] = []
      for (let turn = 0; turn < Number(values.rounds); turn++) {
        const row: Round[] = []
        for (const contender of contenders) row.push(await round(meter, contender, request, callers))
        rounds.push(row)
      }
      const cells = contenders.map((contender, at) => cell(contender.name, rounds, at))
      console.log(`${name.padEnd(8)} ${String(callers).padStart(2)}  ${cells.join('   ')}`)
    }
}

/** Medians of the rounds, and of each round's ratio to the plain service: by time, and by processor. */
function cell(name: string, rounds: Round[][], at: number): string {
  const of = (figure: (own: Round, plain: Round) => number): number =>
    median(rounds.map((row) => figure(row[at] as Round, row[0] as Round)))
  const cpu = `${of(({ client }) => client).toFixed(0)}+${of(({ server }) => server).toFixed(0)} us`
  const ratios = `${of((own, plain) => own.rate / plain.rate).toFixed(2)}, ${of((own, plain) => cost(plain) / cost(own)).toFixed(2)}`
  return `${name} ${of(({ rate }) => rate).toFixed(0)}/s ${cpu} (${ratios})`
}

async function run(url: string): Promise<void> {
  await fillTables(url, records)
  const contenders = [
    plainPg(url, SESSIONS),
    throughSide('complete', url, completePlan, SESSIONS),
    throughSide('live', url, livePlan, SESSIONS),
  ]
  const meter = await cpuMeter(url)
  await compare(url, contenders, meter)
  await meter.end()
  for (const contender of contenders) await contender.end()
}

if (values.url !== undefined) await run(values.url)
else {
  const server = await startServer()
  try {
    await server.withDatabase(run)
  } finally {
    await server.stop()
  }
}
