import type { Collection, Note, Plan, Reference } from '../schema/plan.ts'
import type { ProfiledField } from './inspect-fields.ts'
import { fieldsOf } from './inspect-fields.ts'
import { type OpenedStore, openStore, planOf } from './open-store.ts'

export interface InspectReport {
  file: string
  bytes: number
  sha256: string
  document: Plan['document']
  collections: InspectedCollection[]
  references: Reference[]
  notes: Note[]
}

export interface InspectedCollection {
  name: string
  kind: Collection['kind']
  records: number
  /** Pointer of the member that identifies the records; null when it is their place in the list. */
  key: string | null
  fields: ProfiledField[]
}

/** Profiles a store: every record is read, nothing is written, no database is needed. */
export async function inspect(
  file: string,
  options: { duplicateKeys: 'refuse' | 'last'; work: string; progress?: (done: number, total: number) => void },
): Promise<InspectReport> {
  const store = await openStore(file, 'store', options)
  try {
    const plan = await planOf(store)
    const { bytes, sha256 } = store
    const collections = plan.collections.map((collection, at) => inspected(collection, store, at))
    return { file, bytes, sha256, document: plan.document, collections, references: plan.references, notes: plan.notes }
  } finally {
    await store.close()
  }
}

function inspected(collection: Collection, store: OpenedStore, at: number): InspectedCollection {
  const member = store.profile.members[at]
  const records = collection.kind === 'list' || collection.kind === 'keyed' ? (member?.items ?? 0) : 1
  if (collection.kind === 'values' || !member)
    return { name: collection.name, kind: 'values', records: 1, key: null, fields: [] }
  const { table, kind, name } = collection
  const key = table.columns.find((column) => column.name === table.key[0])?.pointer ?? null
  const owner = kind === 'singleton' ? (member.whole ?? member.records) : member.records
  return { name, kind, records, key, fields: fieldsOf(owner, table) }
}
