import type { DocumentVisitor, Shape, Span } from '../jsonstore/document.ts'
import type { Items } from '../jsonstore/items.ts'
import { type KeyTable, MOST_KEYS } from '../jsonstore/keys.ts'
import { OBJECT } from '../jsonstore/tape.ts'
import { HashList, hashBytes } from './hashes.ts'
import { isLikelyKey, mayRefer } from './key-names.ts'
import { isIdLike } from './map-like.ts'
import { absorbObjects, absorbValues } from './merge-profile.ts'
import {
  type Budget,
  type FieldProfile,
  MOST_FIELDS_IN_ALL,
  MOST_FIELDS_NESTED,
  type ObjectProfile,
} from './object-profile.ts'
import { newObjectProfile, ValueProfile } from './profile.ts'
import type { ReadAhead } from './read-ahead.ts'
import type { RestOfList } from './second-reader.ts'

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

/** More members than this and a document is a map, not a set of collections. */
const MOST_COLLECTIONS = 200

/** Thrown to stop a walk early; never leaves this folder. */
export const TOO_MANY = new Error('more members than a document has collections')

/** Profiles what a walk through a document comes by, member after member. */
export class ProfileBuilder implements DocumentVisitor {
  members: MemberProfile[] = []
  #budget: Budget = { fields: 0 }
  /** Fields in all before the member at hand. */
  #fieldsBefore = 0
  #ahead: ReadAhead | undefined

  /** `ahead`: reads part of a long list elsewhere. */
  constructor(ahead?: ReadAhead) {
    this.#ahead = ahead
  }

  /** Fields profiled so far. */
  get fields(): number {
    return this.#budget.fields
  }

  begin(name: string | null, shape: Shape): void {
    if (this.members.length === MOST_COLLECTIONS && name !== null) throw TOO_MANY
    this.#fieldsBefore = this.fields
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

  restKnown(items: Items): Promise<number | undefined> | undefined {
    const member = this.members[this.members.length - 1] as MemberProfile
    if (member.shape !== 'list') return undefined
    return this.#ahead?.at(items, (found) => this.#take(member, items.tape.keys, found))
  }

  end(span: Span): void {
    const member = this.members[this.members.length - 1] as MemberProfile
    member.span = span
    if (member.whole) member.whole.count = 1
  }

  /** Takes in what another thread found in the rest of a list, unless the profile of one thread would have met a limit. */
  #take(member: MemberProfile, keys: KeyTable, { items, records, scalars, fields, names }: RestOfList): boolean {
    if (this.fields - this.#fieldsBefore + fields > MOST_FIELDS_NESTED) return false
    if (this.fields + fields > MOST_FIELDS_IN_ALL || keys.names.length + names > MOST_KEYS) return false
    member.items += items
    absorbObjects(member.records, records, keys)
    absorbValues(member.scalars, scalars, keys)
    return true
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
