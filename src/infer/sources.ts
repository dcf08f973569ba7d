import type { FileHandle } from 'node:fs/promises'
import { OutgrowError } from '../errors.ts'
import type { Source } from '../jsonstore/source.ts'
import type { Collection, Plan } from '../schema/plan.ts'
import { formatPointer } from '../schema/pointer.ts'
import { ROOT_COLLECTION } from './collections.ts'
import type { MemberProfile } from './profile-builder.ts'
import type { StoreProfile } from './store-profile.ts'

/** How the items of a collection are read. */
export function readingOf(collection: Collection): Source['reading'] {
  if (collection.kind === 'list') return 'elements'
  return collection.kind === 'keyed' ? 'members' : 'whole'
}

/** JSON pointer of a collection in its document. */
export function pointerOf(plan: Plan, collection: Collection): string {
  return plan.document === 'object' ? formatPointer([collection.name]) : ''
}

/**
 * Where the records of each collection of the plan stand in the profiled file. Throws `plan-invalid` when plan and file
 * do not name the same collections, or name them for different shapes.
 */
export function sourcesOf(file: FileHandle, profile: StoreProfile, plan: Plan): Map<string, Source> {
  const members = new Map(profile.members.map((member) => [member.name ?? ROOT_COLLECTION, member]))
  const sources = new Map<string, Source>()
  for (const collection of plan.collections) {
    const member = members.get(collection.name)
    if (!member)
      throw doesNotFit(
        plan,
        `The plan has the collection ${JSON.stringify(collection.name)}, the file has not.`,
        collection.name,
      )
    const why = misfit(collection, member)
    if (why) throw doesNotFit(plan, `The collection ${JSON.stringify(collection.name)} is ${why}.`, collection.name)
    members.delete(collection.name)
    sources.set(collection.name, { file, span: member.span, reading: readingOf(collection) })
  }
  for (const name of members.keys())
    throw doesNotFit(plan, `The file has the collection ${JSON.stringify(name)}, the plan has not.`, name)
  return sources
}

function misfit({ kind }: Collection, { shape }: MemberProfile): string | undefined {
  const wanted = kind === 'list' ? 'list' : kind === 'values' ? shape : 'object'
  return shape === wanted ? undefined : `planned as a ${kind} collection, and a ${shape} in the file`
}

function doesNotFit(plan: Plan, message: string, name: string): OutgrowError {
  return new OutgrowError('plan-invalid', message, {
    place: formatPointer([name]),
    next: `Make a new plan of this file with \`outgrow plan STORE --name ${plan.store}\`.`,
  })
}
