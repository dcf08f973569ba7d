import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isWrite } from '../../load/operation.ts'
import type { Oracle } from '../../load/verdict.ts'
import type { Judged, Run } from './under-load.ts'

export const RESULTS = fileURLToPath(new URL('../results/', import.meta.url))

/** What one round of a scenario came to, as `npm run proof` reads it. */
export interface Result {
  scenario: string
  seed: number
  faults: number
  /** Of writes; and those whose clients gave up without an answer. */
  acknowledged: number
  unknown: number
  /** By oracle. */
  checked: Partial<Record<Oracle, number>>
  violations: Partial<Record<Oracle, number>>
}

/** One file for each scenario and seed; a second run replaces it. */
export async function putOnRecord({ scenario, seed }: Run, { operations, verdicts, faults }: Judged): Promise<void> {
  const writes = operations.filter(isWrite)
  const count = (outcome: string): number => writes.filter((one) => one.outcome === outcome).length
  const result: Result = {
    ...{ scenario, seed, faults, acknowledged: count('done'), unknown: count('unknown') },
    checked: Object.fromEntries(verdicts.map(({ oracle, checked }) => [oracle, checked])),
    violations: Object.fromEntries(verdicts.map(({ oracle, violations }) => [oracle, violations])),
  }
  await mkdir(RESULTS, { recursive: true })
  const name = `${scenario.replace(/\W+/g, '-')}-${seed}.json`
  await writeFile(join(RESULTS, name), `${JSON.stringify(result)}\n`)
}

/** OUTGROW_FAULT_SEEDS: how many rounds of each scenario, with seeds from 1; one in CI, fifty by hand. */
export function seeds(): number[] {
  const count = Number(process.env.OUTGROW_FAULT_SEEDS ?? '1')
  if (!Number.isSafeInteger(count) || count < 1) throw new Error('OUTGROW_FAULT_SEEDS must be a whole number above 0')
  return Array.from({ length: count }, (_, at) => at + 1)
}
