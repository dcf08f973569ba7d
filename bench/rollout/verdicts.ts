import type { Verdict } from '../targets.ts'
import type { Cutover } from './cutover.ts'
import { type Measurement, OPERATIONS, type Operation } from './measure.ts'
import type { RolloutOptions } from './options.ts'

const WRAPPER = 0.9
const DUALWRITE = 0.6
const DATABASE_WRITES = 20
const PAUSE = 2000
const SLOWEST = 500

/** Judges a run by the design's targets, at the size and the count of clients that are its main ones. */
export function judgeRollout(
  measurements: readonly Measurement[],
  cutovers: readonly Cutover[],
  { sizes, clients }: RolloutOptions,
): Verdict[] {
  const at = (contender: string, operation: Operation): number | undefined =>
    measurements.find(
      (one) =>
        one.contender === contender &&
        one.operation === operation &&
        one.records === sizes.main &&
        one.clients === clients.main,
    )?.rate
  const least = (what: string, operations: readonly Operation[], [one, other]: [string, string], limit: number) =>
    operations.flatMap((operation) => {
      const [rate, base] = [at(one, operation), at(other, operation)]
      if (rate === undefined || base === undefined || base === 0) return []
      return [
        {
          target: `${what}, ${operation} ≥ ${limit} ×`,
          measured: `${(rate / base).toFixed(2)} ×`,
          met: rate / base >= limit,
        },
      ]
    })
  const writes = ['update', 'insert'] as const
  return [
    ...least('complete against plain PostgreSQL', OPERATIONS, ['complete', 'postgres'], WRAPPER),
    ...least('dualwrite against a plain durable file', writes, ['dualwrite', 'durable'], DUALWRITE),
    ...least('PostgreSQL against LowDB', writes, ['postgres', 'lowdb'], DATABASE_WRITES),
    ...cutovers.map(pause),
    ...crowd(measurements.filter((one) => one.clients === clients.all.at(-1))),
  ]
}

function pause({ to, heldMs }: Cutover): Verdict {
  const measured = heldMs === undefined ? 'given up, nothing changed' : `${heldMs} ms`
  return {
    target: `writes held on the way to ${to} ≤ ${PAUSE} ms`,
    measured,
    met: heldMs !== undefined && heldMs <= PAUSE,
  }
}

/** Of all that was measured with the greatest count of clients: the slowest p95 on each side, and all errors. */
function crowd(measured: readonly Measurement[]): Verdict[] {
  const [first] = measured
  if (first === undefined) return []
  const slowest = (names: readonly string[]): Measurement | undefined =>
    measured.filter(({ contender }) => names.includes(contender)).sort((a, b) => (b.p95 ?? 0) - (a.p95 ?? 0))[0]
  const errors = measured.reduce((sum, one) => sum + one.errors, 0)
  const slow = (['dualwrite', 'shadow', 'live', 'complete'] as const).flatMap((stage): Verdict[] => {
    const one = slowest([stage])
    if (one === undefined) return []
    const measuredAs = `${(one.p95 ?? Number.POSITIVE_INFINITY).toFixed(0)} ms (${one.operation})`
    return [
      {
        target: `${stage}, ${first.clients} clients: p95 < ${SLOWEST} ms`,
        measured: measuredAs,
        met: one.p95 !== null && one.p95 < SLOWEST,
      },
    ]
  })
  return [...slow, { target: `${first.clients} clients: errors 0`, measured: String(errors), met: errors === 0 }]
}
