/**
 * What a store costs over a plain `pg` service: `npx tsx bench/side-speed.ts [--records 10000] [--seconds 1] [--rounds 5]
 * [--url URL] [--only get,update]`. Contenders take turns within each round; a ratio is the median of the rounds' ratios.
 */
import { parseArgs } from 'node:util'
import { startServer } from './server.ts'
import type { Contender } from './side/contender.ts'
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

/** Requests a second, `callers` at a time. */
async function rate(contender: Contender, request: Request, callers: number): Promise<number> {
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
  return (done * 1000) / (performance.now() - from)
}

function median(numbers: number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  return sorted[sorted.length >> 1] ?? Number.NaN
}

async function compare(url: string, contenders: Contender[]): Promise<void> {
  for (const callers of values.callers.split(',').map(Number))
    for (const name of values.only.split(',')) {
      const request = REQUESTS[name]
      if (request === undefined) throw new Error(`no request ${name}`)
      await vacuum(url)
      for (const contender of contenders) await rate(contender, request, callers)
      const rates: number[][] = []
      for (let round = 0; round < Number(values.rounds); round++) {
        const row: number[] = []
        for (const contender of contenders) row.push(await rate(contender, request, callers))
        rates.push(row)
      }
      const cells = contenders.map((contender, at) => {
        const ratio = median(rates.map((row) => (row[at] as number) / (row[0] as number)))
        return `${contender.name} ${median(rates.map((row) => row[at] as number)).toFixed(0)}/s (${ratio.toFixed(2)})`
      })
      console.log(`${name.padEnd(7)} ${String(callers).padStart(2)}  ${cells.join('   ')}`)
    }
}

async function run(url: string): Promise<void> {
  await fillTables(url, records)
  const contenders = [
    plainPg(url, SESSIONS),
    throughSide('complete', url, completePlan, SESSIONS),
    throughSide('live', url, livePlan, SESSIONS),
  ]
  await compare(url, contenders)
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
