import { isDeepStrictEqual } from 'node:util'
import type { Item, Payload } from './item.ts'
import { markSeen, type Sighting } from './sighting.ts'
import type { Findings } from './verdict.ts'
import type { Version } from './version.ts'

/** What all versions of a record share. */
export interface Birth {
  category: string | undefined
  createdAt: string | undefined
}

/**
 * Compares each sighting of a version with what its write sent, member by member, with the category and time of the record's
 * creation, and with the other sightings: one write, one `updatedAt`, so that two mean that it was carried out twice.
 */
export function judgeFields(id: string, version: Version, birth: Birth, findings: Findings): void {
  const { write, sightings } = version
  const updates = new Set<string | null>()
  for (const { item, by } of sightings) {
    if (item === undefined) continue
    findings.checked('fields')
    const wrong = wrongMembers(item, write?.body ?? {}, birth, write?.kind === 'post')
    if (wrong.length > 0)
      findings.violated('fields', `${id}: ${by} saw ${version.mark} with another ${wrong.join(', ')}`)
    updates.add(item.updatedAt)
  }
  if (updates.size > 1)
    findings.violated('O2', `${id}: ${version.mark} was carried out ${updates.size} times: ${[...updates].join(', ')}`)
}

function wrongMembers(item: Item, sent: Payload, birth: Birth, isNew: boolean): string[] {
  const wanted = {
    ...sent,
    ...(birth.category !== undefined && { category: birth.category }),
    ...(birth.createdAt !== undefined && { createdAt: birth.createdAt }),
    ...(isNew && { updatedAt: null, status: 'new' }),
  }
  const found = new Map<string, unknown>(Object.entries(item))
  return Object.entries(wanted).flatMap(([name, value]) => (isDeepStrictEqual(found.get(name), value) ? [] : [name]))
}

/** A record that the run did not make must be at the end as it was before. */
export function judgeBystander(before: Item, last: Sighting | undefined, findings: Findings): void {
  findings.checked('fields')
  if (last?.item === undefined) findings.violated('O1', `${before.id}: nobody deleted it, and it is gone`)
  else if (!isDeepStrictEqual(last.item, before))
    findings.violated('fields', `${before.id}: nobody wrote it, and it is another (${markSeen(last)})`)
}
