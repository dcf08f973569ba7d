import { postgresOf } from '../store/authority.ts'
import { type Kind, READ_KINDS } from '../store/traffic.ts'
import { gate } from './gate.ts'
import type { Gate } from './gate-sight.ts'
import { fileUntouched, noDeadLetters, verified } from './gates-early.ts'
import { positionsBehind } from './sequences.ts'

/** No difference in n comparisons: with 95 % confidence fewer than 3/n of all reads differ (the rule of three). */
const compared: Gate = ({ traffic, thresholds, parts }) => {
  const { done, differences, skipped } = traffic.compares
  const bound = done === 0 ? 'no bound' : `below ${(300 / done || 0).toFixed(3)} % with 95 % confidence`
  return {
    ...gate(
      'compares',
      'reads were compared, and none differed',
      `${thresholds.compares} comparisons, 0 differences`,
      differences > 0
        ? `outgrow stage ${parts.name} --repair --by WHO --why TEXT`
        : 'Wait for more reads, or raise --compare.',
    ),
    ok: done >= thresholds.compares && differences === 0,
    value: `${done} compared, ${differences} differences (${bound}), ${skipped} skipped`,
  }
}

const seen: Gate = ({ traffic, thresholds }) => {
  const kinds = Object.entries(traffic.kinds) as [Kind, number][]
  const rare = kinds.filter(([, times]) => times < thresholds.seen).map(([kind, times]) => `${kind} ${times}`)
  const reads = kinds.some(([kind]) => READ_KINDS.includes(kind))
  const writes = kinds.some(([kind]) => !READ_KINDS.includes(kind))
  const told = kinds.map(([kind, times]) => `${kind} ${times}`).join(', ')
  return {
    ...gate(
      'kinds',
      'every kind of read and write that the service makes was seen',
      `${thresholds.seen} times each`,
      'Wait, or exercise what is rare.',
    ),
    ok: reads && writes && rare.length === 0,
    value: told === '' ? 'nothing seen' : told,
  }
}

const lag: Gate = ({ parts, file, thresholds }) => ({
  ...gate(
    'lag',
    'PostgreSQL has what the file has',
    `no key waits for ${thresholds.lag} s`,
    'Wait; look at the log of the service if it does not end.',
  ),
  ok: parts.calm.lag() < thresholds.lag,
  value: `${file.log.size} dirty keys, oldest ${parts.calm.lag().toFixed(1)} s`,
})

const fast: Gate = ({ traffic, thresholds }) => {
  const { file, postgres } = traffic.sides
  const most = Math.max(file.p99 * thresholds.slower, thresholds.fastEnough)
  return {
    ...gate(
      'latency',
      'PostgreSQL answers about as fast as the file',
      `p99 at most ${most.toFixed(1)} ms`,
      'Look at the slow queries; add indexes.',
    ),
    ok: postgres.answers > 0 && postgres.p99 <= most,
    value: `p99 ${postgres.p99.toFixed(1)} ms, the file's ${file.p99.toFixed(1)} ms`,
  }
}

const sound: Gate = ({ traffic, thresholds }) => {
  const share = ({ answers, failures }: { answers: number; failures: number }): number =>
    answers + failures === 0 ? 0 : (100 * failures) / (answers + failures)
  const [file, postgres] = [share(traffic.sides.file), share(traffic.sides.postgres)]
  return {
    ...gate(
      'errors',
      'PostgreSQL fails about as rarely as the file',
      `at most ${thresholds.moreFailures} points more`,
      'Look at the log of the service and of PostgreSQL.',
    ),
    ok: postgres <= file + thresholds.moreFailures,
    value: `${postgres.toFixed(2)} %, the file's ${file.toFixed(2)} %`,
  }
}

const drilled: Gate = ({ evidence, thresholds, parts }) => {
  const { drill } = evidence
  return {
    ...gate(
      'drill',
      'the way back was rehearsed here',
      `within ${thresholds.drillAge} s`,
      `outgrow stage ${parts.name} --drill --by WHO`,
    ),
    ok: drill !== undefined && drill.age <= thresholds.drillAge,
    value:
      drill === undefined
        ? 'never'
        : `${drill.figures.writes} writes, back with ${drill.figures.differences} differences`,
    ...(drill && { age: drill.age }),
  }
}

const sequences: Gate = async ({ parts }) => {
  const behind = await positionsBehind(postgresOf(parts).pool, parts.plan)
  return {
    ...gate(
      'sequences',
      'new records get places of their own',
      'each sequence is past the highest value',
      `outgrow stage ${parts.name} --repair --by WHO --why TEXT`,
    ),
    ok: behind.length === 0,
    value: behind.length === 0 ? 'all' : behind.join(', '),
  }
}

/** Of a doubtful key nobody knows whether its write took effect: PostgreSQL, which has no word for it, would do its retry. */
const answersSure: Gate = ({ file }) => {
  const doubtful = [...file.answers.doubtful()].length
  return {
    ...gate(
      'answers',
      'of every idempotency key it is known whether its write was done',
      '0 doubtful keys',
      'Wait a day for them to expire, or settle with their clients and restart.',
    ),
    ok: doubtful === 0 && !file.answers.damaged,
    value: file.answers.damaged ? 'the log of answers was damaged' : `${doubtful} doubtful`,
  }
}

const soaked: Gate = ({ stageAge, thresholds }) => ({
  ...gate('soak', 'the store has been live for a while', `${thresholds.soak} s`, 'Wait.'),
  ok: stageAge >= thresholds.soak,
  value: `${Math.floor(stageAge)} s`,
})

const noFallbacks: Gate = ({ traffic }) => ({
  ...gate(
    'fallbacks',
    'no read had to be answered by the file',
    '0 since this process began or the stage changed',
    'Find out why PostgreSQL was away; the count begins anew when the service starts.',
  ),
  ok: traffic.fallbackReads === 0,
  value: `${traffic.fallbackReads}`,
})

const mirrorClean: Gate = ({ backlog, thresholds }) => ({
  ...gate(
    'mirror',
    'the file has what PostgreSQL has',
    `no key waits for ${thresholds.lag} s`,
    'Wait; look at the log of the service if it does not end.',
  ),
  ok: backlog.age < thresholds.lag,
  value: `${backlog.marks} marks, oldest ${backlog.age.toFixed(1)} s`,
})

const confirmed: Gate = ({ request, parts }) => ({
  ...gate(
    'confirmed',
    'there is no way back: the name of the store was typed',
    `--confirm ${parts.name}`,
    `Give --confirm ${parts.name}.`,
  ),
  ok: request.confirm === parts.name,
  value: request.confirm ?? 'nothing',
})

export const LATE_GATES = {
  live: [fileUntouched, compared, seen, verified, lag, fast, sound, drilled, sequences, noDeadLetters, answersSure],
  rampdown: [soaked, noFallbacks, mirrorClean, fileUntouched],
  complete: [mirrorClean, fileUntouched, confirmed],
}
