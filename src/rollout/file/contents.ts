import type { Collection } from '../../schema/plan.ts'
import { copyRecord } from '../json-value.ts'
import { isKeyless, WHOLE } from '../key.ts'
import type { Contents, Json, JsonRecord, Key } from '../side.ts'
import type { FileDocument } from './document.ts'
import { wholeRecord } from './whole.ts'

/** Copies of all that the document holds of the plan's collections: those it has in its own order, then what is empty. */
export function contentsOf(document: FileDocument, collections: ReadonlyMap<string, Collection>): Contents {
  const contents: Contents = new Map()
  for (const name of new Set([...document.names(), ...collections.keys()])) {
    const collection = collections.get(name)
    if (collection === undefined) continue
    const records = isKeyless(collection) ? wholeOf(document, collection) : recordsOf(document, name)
    if (records !== undefined) contents.set(name, records)
  }
  return contents
}

function recordsOf(document: FileDocument, name: string): Map<Key, JsonRecord> {
  const records = new Map<Key, JsonRecord>()
  for (const [key, { value }] of document.entries(name)) records.set(key, copyRecord(value as JsonRecord))
  return records
}

function wholeOf(document: FileDocument, collection: Collection): Map<Key, JsonRecord> | undefined {
  const slot = document.get(collection.name, WHOLE)
  if (slot === undefined && collection.kind !== 'list') return undefined
  const value: Json = slot === undefined ? [] : slot.value
  return new Map([[WHOLE, copyRecord(wholeRecord(collection, value))]])
}
