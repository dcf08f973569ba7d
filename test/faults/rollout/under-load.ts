import { readFile } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'vitest'
import { exportedText } from '../../helpers/verbs.ts'
import { readLogs } from '../../load/client-log.ts'
import { judge } from '../../load/judge.ts'
import { isWrite, type Operation } from '../../load/operation.ts'
import { type Polls, pollFile } from '../../load/poll-file.ts'
import { allItems, runLoad } from '../../load/run-load.ts'
import type { Verdict } from '../../load/verdict.ts'
import { auditProblems } from './audit.ts'
import { type Bank, STORE } from './bank.ts'
import { staleWrites } from './epochs.ts'
import { putOnRecord } from './results.ts'

/** Clients that come again until a killed service is back, however slow the machine. */
const PATIENCE = { attempts: 300, pause: 20, mostPause: 250 }

export interface Run {
  scenario: string
  seed: number
  clients?: number
  keys?: number
  /** Milliseconds of one call. */
  timeout?: number
  /** 503 with Retry-After belongs to the scenario. */
  unavailable?: boolean
  /** The file is written by others too: it need not parse all the while. */
  fileIsTouched?: boolean
}

/** While the clients work. */
export interface Working {
  /** Waits until so many more writes have been acknowledged. */
  progress(writes: number): Promise<void>
  /** Waits until clients have met so many more attempts that failed. */
  failures(count: number): Promise<void>
  /** Counts what was done to the store, for the record. */
  fault(times?: number): void
}

export interface Judged {
  operations: Operation[]
  verdicts: Verdict[]
  faults: number
}

/**
 * Lets clients work on the bank while `act` does its worst, and judges by all oracles what they were told, once the store
 * has come to rest. The service must run when `act` returns.
 */
export async function underLoad(bank: Bank, run: Run, act: (working: Working) => Promise<void>): Promise<Judged> {
  const { seed, clients = 8, keys = 40, timeout = 10_000, fileIsTouched = false } = run
  const folder = bank.lab.path('logs')
  const [end, polled] = [new AbortController(), new AbortController()]
  const polling = fileIsTouched ? undefined : pollFile(bank.file, polled.signal)
  const { url } = bank
  const loading = runLoad({ url, clients, keys, seed, folder, signal: end.signal, timeout, patience: PATIENCE })
  let faults = 0
  try {
    const progress = (writes: number): Promise<void> => untilMore(() => acknowledged(folder), writes, loading)
    const failures = (count: number): Promise<void> => untilMore(() => failed(folder), count, loading)
    await progress(keys + clients)
    const fault = (times = 1): void => {
      faults += times
    }
    await act({ progress, failures, fault })
  } finally {
    end.abort()
    await loading.finally(() => polled.abort())
  }
  const { before } = await loading
  const operations = await readLogs(folder)
  await rested(bank)
  const verdicts = await verdictsOf(bank, run, { operations, before, polls: await polling })
  return { operations, verdicts, faults }
}

/** Every oracle holds; puts the run on record for the page of proofs. */
export async function expectKept(run: Run, judged: Judged): Promise<void> {
  await putOnRecord(run, judged)
  expect(judged.verdicts.flatMap(({ oracle, told }) => told.map((what) => `${oracle}: ${what}`))).toEqual([])
  expect(judged.operations.filter((one) => isWrite(one) && one.outcome === 'done').length).toBeGreaterThan(0)
}

async function verdictsOf(
  bank: Bank,
  { unavailable = false }: Run,
  seen: { operations: Operation[]; before: Parameters<typeof judge>[0]['before']; polls: Polls | undefined },
): Promise<Verdict[]> {
  const { operations, before, polls } = seen
  const after = await allItems(bank.url)
  const file: unknown = JSON.parse(await readFile(bank.file, 'utf8'))
  const postgres: unknown = JSON.parse((await exportedText(bank.lab, STORE)).toString())
  const looked = { O5: await staleWrites(bank.lab.query), O7: await auditProblems(bank) }
  const sides = { file, postgres }
  return judge({ operations, before, after, sides, looked, unavailable, ...(polls !== undefined && { polls }) })
}

async function untilMore(count: () => Promise<number>, more: number, loading: Promise<unknown>): Promise<void> {
  let ended = false
  const end = (): void => {
    ended = true
  }
  loading.then(end, end)
  const until = (await count()) + more
  while ((await count()) < until) {
    if (ended) throw new Error('the load run ended before its time')
    await delay(50)
  }
}

async function acknowledged(folder: string): Promise<number> {
  return (await logged(folder)).filter((one) => isWrite(one) && one.outcome === 'done').length
}

async function failed(folder: string): Promise<number> {
  return (await logged(folder)).reduce((sum, { failures }) => sum + failures.length, 0)
}

async function logged(folder: string): Promise<Operation[]> {
  try {
    return await readLogs(folder)
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return []
    throw error
  }
}

interface Ready {
  ready: boolean
  stage: string
  epoch: number
  dirty: { keys: number }
  backfilling: boolean
  owner: boolean
  postgres: string
}

export async function readiness(url: string): Promise<Ready> {
  return (await (await fetch(`${url}/ready`)).json()) as Ready
}

/** Waits until the mirror has all that is dirty. */
export async function rested(bank: Bank): Promise<void> {
  for (;;) {
    const { ready, dirty, backfilling } = await readiness(bank.url)
    if (ready && dirty.keys === 0 && !backfilling) return
    await delay(25)
  }
}
