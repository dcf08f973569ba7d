import { differences } from './documents.ts'
import { type Item, markIn, markOf } from './item.ts'
import { judgeAnswers } from './judge-answers.ts'
import { type Birth, judgeBystander, judgeFields } from './judge-fields.ts'
import { judgeKey, type KeyHistory } from './judge-key.ts'
import { isWrite, type Operation } from './operation.ts'
import type { Polls } from './poll-file.ts'
import { markSeen, nameOf, type Sighting, sightingsAtLast, sightingsOf } from './sighting.ts'
import { Findings, type Verdict } from './verdict.ts'
import type { Version } from './version.ts'

/** All that a run left. */
export interface Evidence {
  operations: readonly Operation[]
  /** Records that were there before the run, and those of the authority at the end. */
  before: readonly Item[]
  after: readonly Item[]
  /** The documents of both sides after quiescence, for O3. */
  sides?: { file: unknown; postgres: unknown }
  /** What readers of the file met, for O8. */
  polls?: Polls
  /** What else was looked at, by whom the run was arranged: the epochs of all writes (O5), the audit log (O7). */
  looked?: Partial<Record<'O5' | 'O7', { checked: number; problems: readonly string[] }>>
  /** Answers 503 with Retry-After belong to the scenario. */
  unavailable?: boolean
}

/** Judges a run by the oracles of the fault suite. Pure: the same evidence, the same verdicts. */
export function judge(evidence: Evidence): Verdict[] {
  const { operations, before, after, sides, polls, unavailable = false } = evidence
  const findings = new Findings()
  const writes = new Map(operations.filter(isWrite).map((one) => [markOf(one.client, one.seq), one]))
  const seen = operations.flatMap(sightingsOf)
  const known = new Set([...before.map(({ id }) => id), ...seen.filter(({ item }) => item).map(({ id }) => id)])
  const last = sightingsAtLast(after, known)
  for (const operation of operations) {
    judgeAnswers(operation, unavailable, findings)
    if (isWrite(operation)) findings.checked(operation.outcome === 'done' ? 'O1' : 'O2')
    else for (const oracle of ['O4', 'reads'] as const) findings.checked(oracle, operation.items.length)
  }
  const histories = historiesOf([...seen, ...last], writes, before, findings)
  for (const history of histories.values()) {
    judgeKey(history, findings)
    const birth = birthOf(history, before)
    for (const version of history.versions.values()) judgeFields(history.id, version, birth, findings)
  }
  const touched = new Set([...writes.values()].flatMap(({ id }) => id ?? []))
  const lastOf = new Map(last.map((one) => [one.id, one]))
  for (const item of before) if (!touched.has(item.id)) judgeBystander(item, lastOf.get(item.id), findings)
  if (sides !== undefined) judgeSides(sides, findings)
  if (polls !== undefined) judgePolls(polls, findings)
  for (const oracle of ['O5', 'O7'] as const) {
    const found = evidence.looked?.[oracle]
    if (found === undefined) continue
    findings.checked(oracle, found.checked)
    for (const problem of found.problems) findings.violated(oracle, problem)
  }
  return findings.verdicts()
}

/** Sorts what was seen by key and version. What no write can have made is a violation of O2, and judged no further. */
function historiesOf(
  sightings: readonly Sighting[],
  writes: ReadonlyMap<string, Operation>,
  before: readonly Item[],
  findings: Findings,
): Map<string, KeyHistory> {
  const histories = new Map<string, KeyHistory>()
  const bornAs = new Map<string, string>()
  const historyOf = (id: string): KeyHistory => {
    const history = histories.get(id) ?? { id, versions: new Map(), absences: [], deletes: [] }
    histories.set(id, history)
    return history
  }
  const versionOf = (id: string, mark: string, write: Operation | undefined): Version => {
    const { versions } = historyOf(id)
    const found = versions.get(mark)
    if (found !== undefined) return found
    const version: Version = { mark, write, sightings: [] }
    versions.set(mark, version)
    return version
  }
  const initial = new Map(before.map((item) => [item.id, markIn(item.title)]))
  for (const [id, mark] of initial) versionOf(id, mark, undefined)
  for (const write of writes.values()) {
    if (write.kind === 'delete' && write.outcome !== 'refused') historyOf(write.id ?? '').deletes.push(write)
    // What an acknowledged edit made is a version although nobody may have seen it.
    if (write.kind === 'put' && write.outcome === 'done')
      versionOf(write.id ?? '', markOf(write.client, write.seq), write)
  }
  for (const sighting of sightings) {
    const mark = markSeen(sighting)
    if (mark === undefined) historyOf(sighting.id).absences.push(sighting)
    else {
      const write = writes.get(mark)
      const problem = initial.get(sighting.id) === mark ? undefined : problemOf(sighting, write, bornAs)
      if (problem === undefined) versionOf(sighting.id, mark, write).sightings.push(sighting)
      else findings.violated('O2', `${sighting.id}: ${sighting.by} saw "${mark}", ${problem}`)
    }
  }
  return histories
}

function problemOf(seen: Sighting, write: Operation | undefined, bornAs: Map<string, string>): string | undefined {
  if (write === undefined) return 'which nobody wrote'
  if (write.outcome === 'refused' || write.kind === 'bad') return `which was refused: ${nameOf(write)}`
  if (write.start > seen.end) return `which was not yet sent: ${nameOf(write)}`
  if (write.kind === 'put' && write.id !== seen.id) return `which was sent to ${write.id}`
  if (write.kind !== 'post') return undefined
  const mark = markOf(write.client, write.seq)
  const id = write.items[0]?.id ?? bornAs.get(mark) ?? seen.id
  bornAs.set(mark, id)
  return id === seen.id ? undefined : `which had made ${id} already: ${nameOf(write)}`
}

function birthOf({ id, versions }: KeyHistory, before: readonly Item[]): Birth {
  const creation = [...versions.values()].find(({ write }) => write?.kind === 'post')?.write
  const born = creation?.items[0] ?? before.find((item) => item.id === id)
  return { category: creation?.body?.category ?? born?.category, createdAt: born?.createdAt }
}

function judgeSides({ file, postgres }: { file: unknown; postgres: unknown }, findings: Findings): void {
  const { compared, found } = differences(file, postgres)
  findings.checked('O3', compared)
  for (const one of found) findings.violated('O3', one)
}

function judgePolls({ reads, failures }: Polls, findings: Findings): void {
  findings.checked('O8', reads)
  for (const one of failures) findings.violated('O8', one)
}
