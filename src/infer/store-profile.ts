import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type DocumentVisitor, type Root, type Shape, type Span, walkDocument } from '../jsonstore/document.ts'
import type { Items } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { OBJECT } from '../jsonstore/tape.ts'
import { Window } from '../jsonstore/window.ts'
import { HashList, hashBytes } from './hashes.ts'
import { isLikelyKey, mayRefer } from './key-names.ts'
import { isIdLike } from './map-like.ts'
import type { Budget, FieldProfile, ObjectProfile } from './object-profile.ts'
import { newObjectProfile, ValueProfile } from './profile.ts'

/** What was seen of one member of the document. */
export interface MemberProfile {
  /** Null when the document itself is the collection. */
  name: string | null
  shape: Shape
  /** Bytes of its value in the file. */
  span: Span
  /** Elements of the list, or members of the object; 1 for a scalar. */
  items: number
  /** Items that are objects: what the records are profiled from. */
  records: ObjectProfile
  /** Object only: the same bytes taken as one record with the items as its members. */
  whole: ObjectProfile | undefined
  /** Object only: every member name looks like an id. */
  idLike: boolean
  /** Object only: hashes of the member names. */
  names: HashList
  longestName: number
  /** A member name holds U+0000 or a lone surrogate, which no key column can. */
  unfitNames: boolean
  /** The items that are not objects. */
  scalars: ValueProfile
}

export interface StoreProfile {
  root: 'object' | 'map' | 'list'
  byteOrderMark: boolean
  bytes: number
  sha256: string
  members: MemberProfile[]
}

/** More members than this and a document is a map, not a set of collections. */
const MOST_COLLECTIONS = 200

/** Reads a whole document once (twice when it turns out to be a map) and profiles every record in it. */
export async function profileStore(
  file: FileHandle,
  bytes: number,
  progress?: (done: number, total: number) => void,
): Promise<StoreProfile> {
  const asObject = await readOnce(file, bytes, 'object', progress)
  if (asObject !== 'is a map' && !looksLikeMap(asObject)) return asObject
  return (await readOnce(file, bytes, 'map', progress)) as StoreProfile
}

async function readOnce(
  file: FileHandle,
  bytes: number,
  root: Root,
  progress: ((done: number, total: number) => void) | undefined,
): Promise<StoreProfile | 'is a map'> {
  const hash = createHash('sha256')
  let done = 0
  const window = new Window(file, 0, bytes, (chunk) => {
    hash.update(chunk)
    done += chunk.length
    progress?.(done, bytes)
  })
  const builder = new ProfileBuilder()
  try {
    const shape = await walkDocument(window, new KeyTable(), builder, root)
    return { ...shape, bytes, sha256: hash.digest('hex'), members: builder.members }
  } catch (error) {
    if (error === TOO_MANY) return 'is a map'
    throw error
  }
}

/** Thrown to stop a walk early; never leaves this file. */
const TOO_MANY = new Error('more members than a document has collections')

function looksLikeMap(profile: StoreProfile): boolean {
  const { root, members } = profile
  if (root !== 'object' || members.length < 2) return false
  return members.every((member) => member.shape === 'object' && isIdLike(member.name ?? ''))
}

class ProfileBuilder implements DocumentVisitor {
  members: MemberProfile[] = []
  #budget: Budget = { fields: 0 }

  begin(name: string | null, shape: Shape): void {
    if (this.members.length === MOST_COLLECTIONS && name !== null) throw TOO_MANY
    const records = newObjectProfile(1, this.#budget)
    records.onField = (field) => followField(field, [])
    this.members.push({
      name,
      shape,
      span: { from: 0, to: 0 },
      items: 0,
      records,
      whole: shape === 'object' ? newObjectProfile(1, this.#budget) : undefined,
      idLike: true,
      names: new HashList(),
      longestName: 0,
      unfitNames: false,
      scalars: new ValueProfile(1, this.#budget),
    })
  }

  item(items: Items): void {
    const member = this.members[this.members.length - 1] as MemberProfile
    const { tape } = items
    member.items++
    if (tape.kind(0) === OBJECT) member.records.observe(tape, 0)
    else member.scalars.observe(tape, 0)
    if (!member.whole) return
    const name = Buffer.from(items.name)
    member.names.add(hashBytes(name, 0, name.length))
    member.idLike &&= isIdLike(items.name)
    member.longestName = Math.max(member.longestName, name.length)
    if (items.name.includes('\0') || !items.name.isWellFormed()) member.unfitNames = true
    member.whole.observeMember(tape, items.name)
  }

  end(span: Span): void {
    const member = this.members[this.members.length - 1] as MemberProfile
    member.span = span
    if (member.whole) member.whole.count = 1
  }
}

/** Keeps hashes where a key or a reference may be, in the record itself and one object down (`author.id`). */
function followField(field: FieldProfile, path: string[]): void {
  if (isLikelyKey(field.name, path) || mayRefer(field.name, path)) field.value.hashes = new HashList()
  if (path.length > 0) return
  field.value.onMembers = (members) => {
    members.onField = (inner) => followField(inner, [field.name])
  }
}
