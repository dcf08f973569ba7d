import type { Outcome } from './peers/peer.ts'
import type { Entry } from './race.ts'

/** One row of the main table, as figures. */
export interface Summary {
  name: string
  what: string
  records: number
  /** Median over the rounds, scaled up to the whole store where the contender had fewer records. */
  seconds?: number
  /** Median of the ratios to the floor's time in the same round. */
  ratio?: number
  peakBytes?: number
  equal?: number
  failure?: string
}

/** Who is taken for the floor when present: psql, or else the driver. */
const FLOORS = ['psql-copy', 'pg-copy']

/** All contenders, and behind a contender that tells its phases its load alone. `records` is the whole store's count. */
export function summarise(entries: Entry[], records: number): Summary[] {
  const floor = floorOf(entries)
  return entries.flatMap((entry) => {
    const whole = summaryOf(entry, records, floor, (outcome) => outcome.seconds)
    if (entry.outcomes[0]?.phases?.load === undefined) return [whole]
    const { peakBytes: _, equal: __, ...load } = summaryOf(entry, records, floor, (it) => it.phases?.load ?? Number.NaN)
    return [whole, { ...load, name: 'outgrow load alone', what: 'phase `load` of the same runs' }]
  })
}

/** The entry that ratios refer to; undefined when none ran. */
export function floorOf(entries: Entry[]): Entry | undefined {
  return FLOORS.map((name) => entries.find((entry) => entry.peer.name === name && entry.outcomes.length > 0)).find(
    Boolean,
  )
}

function summaryOf(
  entry: Entry,
  records: number,
  floor: Entry | undefined,
  read: (outcome: Outcome) => number,
): Summary {
  const { peer, source, outcomes, equal, failure } = entry
  const times = outcomes.map((outcome) => (read(outcome) * records) / source.records)
  const ratios = times.flatMap((time, round) => time / (floor?.outcomes[round]?.seconds ?? Number.NaN))
  const peaks = outcomes.flatMap((outcome) => outcome.peakBytes ?? [])
  return {
    name: peer.name,
    what: peer.what,
    records: source.records,
    ...(times.length > 0 && { seconds: median(times) }),
    ...(ratios.length > 0 && Number.isFinite(ratios[0]) && { ratio: median(ratios) }),
    ...(peaks.length > 0 && { peakBytes: Math.max(...peaks) }),
    ...(equal !== undefined && { equal }),
    ...(failure !== undefined && { failure }),
  }
}

/** Middle value, or the mean of the two in the middle. Expects at least one. */
export function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b)
  const middle = sorted.length >> 1
  const upper = sorted[middle] as number
  return sorted.length % 2 === 1 ? upper : ((sorted[middle - 1] as number) + upper) / 2
}
