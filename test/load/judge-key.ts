import type { Operation } from './operation.ts'
import { nameOf, type Sighting } from './sighting.ts'
import type { Findings, Oracle } from './verdict.ts'
import { type Contradiction, contradictionsOf, nameOfVersion, spanOf, type Version } from './version.ts'

/** All that is known of one key. An id is never used again, so that what was deleted stays away. */
export interface KeyHistory {
  id: string
  versions: Map<string, Version>
  /** Who saw that there is no such record: also a delete that was done, which saw it last of all. */
  absences: Sighting[]
  /** Deletes of it that were done, or may have been. */
  deletes: Operation[]
}

/** Judges the order of what was seen of one key against O1, O2, O4 and `reads`. */
export function judgeKey(history: KeyHistory, findings: Findings): void {
  for (const one of contradictionsOf([...history.versions.values()])) judgeReplaced(history.id, one, findings)
  judgeReturn(history, findings)
  for (const absence of history.absences) judgeAbsence(history, absence, findings)
  const done = history.deletes.filter(({ outcome }) => outcome === 'done')
  if (done.length > 1)
    findings.violated('O2', `${history.id} was deleted more than once: ${done.map(nameOf).join(', ')}`)
}

function judgeReplaced(id: string, { old, replacedBy, seenBy }: Contradiction, findings: Findings): void {
  const [earlier, later] = [nameOfVersion(old), nameOfVersion(replacedBy)]
  for (const seen of seenBy) {
    const oracle = oracleFor(seen, replacedBy.write?.client)
    findings.violated(oracle, `${id}: ${seen.by} saw ${earlier}, which ${later} had replaced`)
  }
  if (isSentAgain(old) && isSeenByOthers(replacedBy))
    findings.violated('O2', `${id}: ${earlier} came back after ${later}`)
}

function isSentAgain({ write }: Version): boolean {
  return write !== undefined && write.attempts > 1
}

/** Else it may as well never have been carried out. */
function isSeenByOthers({ write, sightings }: Version): boolean {
  return sightings.some(({ by }) => write === undefined || by !== nameOf(write))
}

/** Whose promise is broken: the authority's at the end, the writer's own view, or another reader's. */
function oracleFor(seen: Sighting, writer: string | undefined): Oracle {
  if (seen.client === undefined) return 'O1'
  return seen.client === writer ? 'O4' : 'reads'
}

/** After it was known to be gone, nobody may see it. */
function judgeReturn({ id, versions, absences, deletes }: KeyHistory, findings: Findings): void {
  const gone = absences.reduce<Sighting | undefined>(
    (first, one) => (first && first.end <= one.end ? first : one),
    undefined,
  )
  if (gone === undefined) return
  const deleter = deletes.find(({ outcome }) => outcome === 'done')?.client
  for (const version of versions.values())
    for (const seen of version.sightings)
      if (seen.start > gone.end)
        findings.violated(
          oracleFor(seen, deleter),
          `${id}: ${seen.by} found it there, after ${gone.by} had found it gone`,
        )
}

/** Gone without a delete that may have begun before, though it was known to be there. */
function judgeAbsence({ id, versions, deletes }: KeyHistory, absence: Sighting, findings: Findings): void {
  if (deletes.some(({ start }) => start <= absence.end)) return
  const known = [...versions.values()].map(spanOf).filter((span) => span.known < absence.start)
  const [first] = known
  if (first === undefined) return
  const writers = known.map(({ version }) => version.write?.client)
  const oracle = absence.client !== undefined && writers.includes(absence.client) ? 'O4' : oracleFor(absence, undefined)
  findings.violated(
    oracle,
    `${id}: ${absence.by} did not find it, though nobody deleted ${nameOfVersion(first.version)}`,
  )
}
