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
import { type Budget, ObjectProfile } from './object-profile.ts'
import { hashScalar, isNumberText, isShortFraction } from './scalars.ts'

/**
 * What every record of a collection was seen to hold: the evidence that plans are made from. A profile is fed tapes and
 * keeps counts, never values, but for a few texts that may prove an enumeration.
 */

/** Objects nested deeper than this are not looked into: they are jsonb whatever they hold. */
const DEEPEST = 8

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
  /** Every number so far was an integer above the one before: no two are the same. */
  ascending = true
  /** Only where hashes are kept, as long as they ascend. */
  firstNumber = Number.NEGATIVE_INFINITY
  lastNumber = Number.NEGATIVE_INFINITY
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
    if (this.hashes) {
      this.hashes.add(hashScalar(tape, node))
      if (this.ascending) this.#ascend(tape, node)
    }
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

  #ascend(tape: Tape, node: number): void {
    const number =
      isPlainBigint(tape, node) && tape.stop(node) - tape.start(node) <= 15 ? Number(tape.raw(node)) : Number.NaN
    this.ascending = number > this.lastNumber
    this.lastNumber = number
    if (this.numbers === 1) this.firstNumber = number
  }

  #string(tape: Tape, node: number): void {
    this.strings++
    const flags = tape.flags(node)
    const start = tape.start(node)
    const end = tape.stop(node)
    const isPlain = (flags & ESCAPED) === 0
    if (isPlain) {
      this.#measure(end - start)
      this.#text(tape.bytes, start, end)
      this.#classify(tape.bytes, start, end)
    } else if ((flags & UNICODE_ESCAPED) === 0 && !this.hashes && !this.choices) this.#measure(end - start)
    else {
      plain.clear()
      if (unescapeJson(tape.bytes, start, end, plain) !== 0) this.unfitTexts++
      // Most fields are neither keys nor enumerations: their escaped texts are measured as they stand, escapes and all.
      this.#measure(this.hashes ? plain.length : end - start)
      this.#text(plain.data, 0, plain.length)
    }
  }

  #text(bytes: Uint8Array, start: number, end: number): void {
    if (this.hashes) this.hashes.add(hashBytes(bytes, start, end))
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
    const element = this.element ?? this.newElement()
    const end = tape.next(node)
    if (end === node + STRIDE) this.emptyLists++
    for (let item = node + STRIDE; item < end; item = tape.next(item)) element.observe(tape, item)
  }

  /** Begins the profile of what stands in the lists here. Keys in a list are kept together with those beside it. */
  newElement(): ValueProfile {
    this.element = new ValueProfile(this.depth + 1, this.budget)
    this.element.hashes = this.hashes
    this.element.onMembers = this.onMembers
    return this.element
  }

  #object(tape: Tape, node: number): void {
    this.objects++
    if (this.depth < DEEPEST) (this.members ?? this.newMembers()).observe(tape, node)
  }

  /** Begins the profile of the members of the objects here. */
  newMembers(): ObjectProfile {
    this.members = newObjectProfile(this.depth + 1, this.budget)
    this.onMembers?.(this.members)
    return this.members
  }
}

/** An empty profile of objects at a depth. */
export function newObjectProfile(depth: number, budget: Budget): ObjectProfile {
  return new ObjectProfile(depth, budget, () => new ValueProfile(depth, budget))
}
