import { OutgrowError } from '../../errors.ts'
import { fitsDouble } from '../../jsonstore/decimal.ts'
import { walkDocument } from '../../jsonstore/document.ts'
import type { Items } from '../../jsonstore/items.ts'
import { KeyTable } from '../../jsonstore/keys.ts'
import { type FileIdentity, type Snapshot, withStableSnapshot } from '../../jsonstore/snapshot.ts'
import { INTEGER, KEY, LIST, NUMBER, OBJECT, STRIDE, type Tape } from '../../jsonstore/tape.ts'
import { Window } from '../../jsonstore/window.ts'
import type { Collection, Plan } from '../../schema/plan.ts'
import { formatPointer } from '../../schema/pointer.ts'
import { keyOf, keyOfRecord } from '../key.ts'
import type { Json, JsonRecord } from '../side.ts'
import { FileDocument, putWhole } from './document.ts'

/** What of a plan the document is read by. */
export type FilePlan = Pick<Plan, 'document' | 'collections'>

/**
 * Reads a store whole, to be the side of a service: every record under its key. Throws `source-damaged` with the byte for
 * what is not JSON (nothing, `null`, a name twice in one object), and `source-unfit` with the JSON pointer for what the
 * service would not see as it is written: a number that JavaScript rounds, a record without a key or with another's.
 */
export async function readDocument(
  path: string,
  plan: FilePlan,
): Promise<{ document: FileDocument; identity: FileIdentity }> {
  return withStableSnapshot(path, async (snapshot) => {
    const { text, members, root } = await readText(snapshot, plan)
    return { document: documentOf(JSON.parse(text) as Json, root, members, plan), identity: snapshot.identity }
  })
}

/** The document that a value in memory makes, checked as one that is read. */
export function documentOf(value: Json, root: 'object' | 'list', names: string[], plan: FilePlan): FileDocument {
  const document = new FileDocument(root, plan.collections)
  if (root === 'list') putMember(document, plan.collections[0], plan.collections[0]?.name ?? '', value, [])
  else {
    for (const name of names) {
      const collection = plan.collections.find((one) => one.name === name)
      putMember(document, collection, name, (value as JsonRecord)[name] as Json, [name])
    }
  }
  return document
}

async function readText(
  snapshot: Snapshot,
  plan: FilePlan,
): Promise<{ text: string; members: string[]; root: 'object' | 'list' }> {
  const chunks: Buffer[] = []
  const members: string[] = []
  const window = new Window(snapshot.file, 0, Number.POSITIVE_INFINITY, (chunk) => {
    chunks.push(Buffer.from(chunk))
  })
  let shape = ''
  const { root, byteOrderMark } = await walkDocument(window, new KeyTable(), {
    begin: (name, found) => {
      if (name !== null) members.push(name)
      shape = found
    },
    item: (items) => refuseRounded(items, members.at(-1), shape),
    end: () => {},
  })
  if ((plan.document === 'list') !== (root === 'list') || plan.document === 'nedb') throw otherDocument(plan, root)
  const text = Buffer.concat(chunks).toString('utf8', byteOrderMark ? 3 : 0)
  return { text, members, root: root === 'list' ? 'list' : 'object' }
}

function putMember(
  document: FileDocument,
  collection: Collection | undefined,
  name: string,
  value: Json,
  path: string[],
): void {
  const { holding, slots } = document.member(name)
  const isObject = typeof value === 'object' && value !== null
  if (collection !== undefined && collection.kind !== 'values') {
    const isList = collection.kind === 'list'
    if (!isObject || Array.isArray(value) !== isList)
      throw unfit(path, `is not the ${isList ? 'list' : 'object'} that the plan says`)
  }
  if (collection === undefined || holding === 'whole' || !isObject) {
    putWhole(document, name, value)
    return
  }
  for (const [at, record] of Object.entries(value)) {
    if (typeof record !== 'object' || record === null || Array.isArray(record))
      throw unfit([...path, at], 'is no record but another value')
    const key = holding === 'keyed' ? keyOf(at) : keyOfRecord(collection, record, at)
    if (key === undefined) throw unfit([...path, at], 'bears no key')
    if (slots.get(key) !== undefined)
      throw unfit([...path, at], `bears the key ${key}, which another record bears already`)
    slots.put(key, document.slot(name, record))
  }
}

function refuseRounded(items: Items, member: string | undefined, shape: string): void {
  const { tape } = items
  const path: (string | number)[] = member === undefined ? [] : [member]
  if (shape === 'list') path.push(items.count - 1)
  if (shape === 'object') path.push(items.name)
  visitNumbers(tape, 0, path)
}

function visitNumbers(tape: Tape, node: number, path: (string | number)[]): void {
  const kind = tape.kind(node)
  if (kind === NUMBER && !isExact(tape, node)) {
    const what = `is the number ${tape.raw(node).slice(0, 60)}, which JavaScript would round or overflow`
    throw unfit(path, what, 'Keep it as a text, or go to PostgreSQL by `outgrow migrate`, which keeps every digit.')
  }
  if (kind !== LIST && kind !== OBJECT) return
  let index = 0
  for (let at = node + STRIDE; at < tape.next(node); index++) {
    const value = tape.kind(at) === KEY ? at + STRIDE : at
    path.push(value === at ? index : tape.text(at))
    visitNumbers(tape, value, path)
    path.pop()
    at = tape.next(value)
  }
}

function isExact(tape: Tape, node: number): boolean {
  const short = tape.stop(node) - tape.start(node) <= 15
  return (short && (tape.flags(node) & INTEGER) !== 0) || fitsDouble(tape.raw(node))
}

function unfit(path: readonly (string | number)[], what: string, next?: string): OutgrowError {
  const place = formatPointer(path)
  return new OutgrowError('source-unfit', `The value at "${place}" of the store ${what}.`, {
    place,
    next: next ?? 'Correct the store, or make a new plan for it: outgrow plan.',
  })
}

function otherDocument(plan: FilePlan, root: string): OutgrowError {
  return new OutgrowError(
    'source-unfit',
    `The store is one ${root}, and the plan is for one of kind ${plan.document}.`,
    {
      next: 'Make a plan for this store: outgrow plan.',
    },
  )
}
