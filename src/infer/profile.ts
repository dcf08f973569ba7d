import { instantDigits, isDay, isUuid } from '../codec/instants.ts'
import { bigintText, isPlainBigint } from '../codec/integers.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { fitsDouble, fitsNumeric, isNegativeZero } from '../jsonstore/decimal.ts'
import {
  ESCAPED,
  FALSE,
  LIST,
  NULL,
  NUMBER,
  STRIDE,
  STRING,
  type Tape,
  TRUE,
  UNICODE_ESCAPED,
} from '../jsonstore/tape.ts'
import { unescapeJson } from '../jsonstore/text.ts'
import { Choices } from './choices.ts'
import { type HashList, hashBytes } from './hashes.ts'
import { hashScalar, isNumberText, isShortFraction } from './scalars.ts'

/**
 * What every record of a collection was seen to hold: the evidence that plans are made from. A profile is fed tapes and
 * keeps counts, never values, but for a few texts that may prove an enumeration.
 */

/** Members profiled per object, and in a whole store; what comes later is counted, not profiled. */
const MOST_FIELDS = 4_000
const MOST_FIELDS_NESTED = 400
const MOST_FIELDS_IN_ALL = 40_000
/** Objects nested deeper than this are not looked into: they are jsonb whatever they hold. */
const DEEPEST = 8

/** Shared by the profiles of one store: how many fields there are in all, and scratch space. */
export interface Budget {
  fields: number
}

const plain = new Bytes(256)

/** Counts of one place in the records, by what stood there. */
export class ValueProfile {
  nulls = 0
  booleans = 0
  numbers = 0
  strings = 0
  lists = 0
  emptyLists = 0
  objects = 0

  bigints = 0
  doubles = 0
  /** Numbers beyond what PostgreSQL's numeric holds. */
  giants = 0
  negativeZeros = 0
  /** Fewest and most characters of a number in the source. */
  shortestNumber = Number.POSITIVE_INFINITY
  longestNumber = 0

  uuids = 0
  days = 0
  /** Instants seen, and the digits of their fraction: -1 none yet, -2 mixed. */
  instants = 0
  instantDigits = -1
  numericTexts = 0
  emptyTexts = 0
  /** Texts with U+0000 or a lone surrogate, which no text column holds. */
  unfitTexts = 0
  longestText = 0
  /** Distinct short texts, or null once there are too many. */
  choices: Choices | null = new Choices()

  element: ValueProfile | undefined
  members: ObjectProfile | undefined
  /** Hashes of the scalars here, kept for keys and references only. */
  hashes: HashList | undefined
  /** Called once, when the first object is met here. */
  onMembers: ((members: ObjectProfile) => void) | undefined

  readonly depth: number
  readonly budget: Budget

  constructor(depth: number, budget: Budget) {
    this.depth = depth
    this.budget = budget
  }

  /** Records in which something other than null stood here. */
  get values(): number {
    return this.booleans + this.numbers + this.strings + this.lists + this.objects
  }

  observe(tape: Tape, node: number): void {
    switch (tape.kind(node)) {
      case NULL:
        this.nulls++
        break
      case TRUE:
      case FALSE:
        this.booleans++
        break
      case NUMBER:
        this.#number(tape, node)
        break
      case STRING:
        this.#string(tape, node)
        break
      case LIST:
        this.#list(tape, node)
        break
      default:
        this.#object(tape, node)
    }
  }

  #number(tape: Tape, node: number): void {
    this.numbers++
    if (this.hashes) this.hashes.add(hashScalar(tape, node))
    const length = tape.stop(node) - tape.start(node)
    if (length < this.shortestNumber) this.shortestNumber = length
    if (length > this.longestNumber) this.longestNumber = length
    if (isPlainBigint(tape, node)) {
      this.bigints++
      if (length <= 15 || fitsDouble(tape.raw(node))) this.doubles++
    } else if (isShortFraction(tape, node)) this.doubles++
    else {
      const text = tape.raw(node)
      if (isNegativeZero(text)) this.negativeZeros++
      if (bigintText(text) !== undefined) this.bigints++
      if (fitsDouble(text)) this.doubles++
      else if (!fitsNumeric(text)) this.giants++
    }
  }

  #string(tape: Tape, node: number): void {
    this.strings++
    const flags = tape.flags(node)
    const start = tape.start(node)
    const end = tape.stop(node)
    // Most fields are neither keys nor enumerations: of their escaped texts, only those that may not fit are unescaped.
    const isPlain = (flags & ESCAPED) === 0
    if (isPlain) {
      this.#text(tape.bytes, start, end)
      this.#classify(tape.bytes, start, end)
    } else if ((flags & UNICODE_ESCAPED) === 0 && !this.hashes && !this.choices) this.#measure(end - start)
    else {
      plain.clear()
      if (unescapeJson(tape.bytes, start, end, plain) !== 0) this.unfitTexts++
      this.#text(plain.data, 0, plain.length)
    }
  }

  #text(bytes: Uint8Array, start: number, end: number): void {
    if (this.hashes) this.hashes.add(hashBytes(bytes, start, end))
    this.#measure(end - start)
    if (this.choices && !this.choices.take(bytes, start, end)) this.choices = null
  }

  #measure(length: number): void {
    if (length > this.longestText) this.longestText = length
    if (length === 0) this.emptyTexts++
  }

  /**
   * A text is looked at only while all before it were of the same class: most fields pay for one record. One with escapes is
   * of no class, because the columns of these classes take the bytes as they stand.
   */
  #classify(bytes: Uint8Array, start: number, end: number): void {
    const first = bytes[start] as number
    const length = end - start
    if (length > 0 && length < 40 && first <= 57 && isNumberText(bytes, start, end)) this.numericTexts++
    const before = this.strings - 1
    if (this.uuids === before && isUuid(bytes, start, end)) this.uuids++
    if (this.days === before && length === 10 && isDay(bytes, start)) this.days++
    if (this.instants !== before) return
    const digits = instantDigits(bytes, start, end)
    if (digits < 0) return
    this.instants++
    if (this.instantDigits === -1) this.instantDigits = digits
    else if (this.instantDigits !== digits) this.instantDigits = -2
  }

  #list(tape: Tape, node: number): void {
    this.lists++
    if (this.depth >= DEEPEST) return
    if (!this.element) {
      this.element = new ValueProfile(this.depth + 1, this.budget)
      this.element.hashes = this.hashes
      this.element.onMembers = this.onMembers
    }
    const end = tape.next(node)
    if (end === node + STRIDE) this.emptyLists++
    for (let item = node + STRIDE; item < end; item = tape.next(item)) this.element.observe(tape, item)
  }

  #object(tape: Tape, node: number): void {
    this.objects++
    if (this.depth >= DEEPEST) return
    if (!this.members) {
      this.members = new ObjectProfile(this.depth + 1, this.budget)
      this.onMembers?.(this.members)
    }
    this.members.observe(tape, node)
  }
}

/** One member of an object: its name and what stood there. `seen` counts the objects that have it, null included. */
export interface FieldProfile {
  name: string
  seen: number
  value: ValueProfile
}

/** The members that objects at one place were seen to have, in order of first appearance. */
export class ObjectProfile {
  count = 0
  fields: FieldProfile[] = []
  /** Members that came after the limit and were not profiled. */
  overflow = 0
  readonly depth: number
  readonly budget: Budget
  /** Called for each new member, so that keys and references can be followed. */
  onField: ((field: FieldProfile) => void) | undefined
  #index = new Int32Array(64).fill(-1)

  constructor(depth: number, budget: Budget) {
    this.depth = depth
    this.budget = budget
  }

  observe(tape: Tape, object: number): void {
    this.count++
    const end = tape.next(object)
    for (let key = object + STRIDE; key < end; ) {
      const value = key + STRIDE
      const field = this.#field(tape, key)
      if (field) {
        field.seen++
        field.value.observe(tape, value)
      }
      key = tape.next(value)
    }
  }

  /** Takes a value that is read by itself as the member `name` of one large object. */
  observeMember(tape: Tape, name: string): void {
    const field = this.#fieldOf(tape, tape.keys.idOfName(name))
    if (!field) return
    field.seen++
    field.value.observe(tape, 0)
  }

  #field(tape: Tape, key: number): FieldProfile | undefined {
    return this.#fieldOf(tape, tape.keyId(key))
  }

  #fieldOf(tape: Tape, id: number): FieldProfile | undefined {
    if (id >= 0 && id < this.#index.length) {
      const known = this.#index[id] as number
      if (known >= 0) return this.fields[known]
    }
    return this.#newField(tape, id)
  }

  #newField(tape: Tape, id: number): FieldProfile | undefined {
    const most = this.depth === 1 ? MOST_FIELDS : MOST_FIELDS_NESTED
    if (id < 0 || this.fields.length >= most || this.budget.fields >= MOST_FIELDS_IN_ALL) {
      this.overflow++
      return undefined
    }
    if (id >= this.#index.length) {
      const grown = new Int32Array(Math.max(id + 1, this.#index.length * 2)).fill(-1)
      grown.set(this.#index)
      this.#index = grown
    }
    this.budget.fields++
    const field = { name: tape.keys.names[id] as string, seen: 0, value: new ValueProfile(this.depth, this.budget) }
    this.#index[id] = this.fields.push(field) - 1
    this.onField?.(field)
    return field
  }
}
