import { readField } from '../codec/copy-text.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { sameValue } from '../jsonstore/equal.ts'
import { DONE, ITEM, Items } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import type { Source } from '../jsonstore/source.ts'
import { Tape } from '../jsonstore/tape.ts'
import { Window } from '../jsonstore/window.ts'
import type { RecordReader } from '../readback/record-reader.ts'
import { type Identify, Strays } from './strays.ts'
import { addMismatch, type Tally } from './tally.ts'

export interface CompareOptions {
  /** JSON pointer of the collection. */
  pointer: string
  keyed: boolean
  /** Names a record, so that a missing one does not set all that follow off against each other. */
  identify: Identify
  /** Positions in the source that are in quarantine. */
  skip?: ReadonlySet<number> | undefined
  progress?: ((records: number) => void) | undefined
}

/**
 * Compares every record of a collection in a file with those in PostgreSQL, by value, and adds what differs to `tally`. The
 * file must have been read whole before, as profileStore does.
 */
export async function compareCollection(
  source: Source,
  reader: RecordReader,
  options: CompareOptions,
  tally: Tally,
): Promise<void> {
  const comparison = new Comparison(options, source.reading, tally)
  const window = new Window(source.file, source.span.from, source.span.to)
  await window.fill()
  const items = new Items(window, source.reading, new KeyTable(), true)
  let atHand = await comparison.next(reader)
  for (;;) {
    items.expected = atHand && !options.skip?.has(items.count) ? comparison.json : undefined
    const found = items.next()
    if (found === DONE) break
    if (found !== ITEM) {
      options.progress?.(items.count)
      await items.fill()
      continue
    }
    if (options.skip?.has(items.count - 1)) continue
    if (!atHand) {
      comparison.sourceOnly(items)
      continue
    }
    comparison.pair(items)
    atHand = comparison.nextNow(reader) ?? (await comparison.next(reader))
  }
  for (; atHand; atHand = await comparison.next(reader)) comparison.targetOnly()
  comparison.finish()
}

class Comparison {
  /** The record of PostgreSQL at hand, as compact JSON. */
  readonly json = new Bytes(4096)
  #options: CompareOptions
  #tally: Tally
  #name = new Bytes(64)
  #target = new Tape(new KeyTable())
  #strays: Strays
  #rank = 0

  constructor(options: CompareOptions, reading: Source['reading'], tally: Tally) {
    this.#options = options
    this.#tally = tally
    this.#strays = new Strays({ ...options, reading }, (difference) => addMismatch(tally, difference))
  }

  /** Takes the next record of PostgreSQL to hand; false when there are no more. */
  async next(reader: RecordReader): Promise<boolean> {
    if (!(await reader.advance())) return false
    this.#take(reader)
    return true
  }

  /** As `next`, without waiting: undefined when it would have to. */
  nextNow(reader: RecordReader): boolean | undefined {
    const found = reader.advanceNow()
    if (found) this.#take(reader)
    return found
  }

  pair(items: Items): void {
    this.#tally.records++
    if (this.#isSame(items)) {
      this.#rank++
      return
    }
    this.#readTarget()
    this.#strays.source(items.read(), items.count - 1, this.#nameOf(items))
    this.#strays.target(this.#target, this.#rank++, this.#targetName())
  }

  sourceOnly(items: Items): void {
    this.#tally.records++
    this.#strays.source(items.read(), items.count - 1, this.#nameOf(items))
  }

  targetOnly(): void {
    this.#readTarget()
    this.#strays.target(this.#target, this.#rank++, this.#targetName())
  }

  finish(): void {
    this.#strays.finish()
  }

  #take(reader: RecordReader): void {
    this.json.clear()
    reader.write(this.json)
    if (!this.#options.keyed) return
    this.#name.clear()
    reader.writeName(this.#name)
  }

  /** Most records are spelled alike but for white space, which is cheap to see; the others are compared by value. */
  #isSame(items: Items): boolean {
    if (this.#options.keyed && this.#targetName() !== items.name) return false
    if (items.isExpected) return true
    this.#readTarget()
    return sameValue(items.read(), 0, this.#target, 0)
  }

  #readTarget(): void {
    this.#target.read(this.json.data, 0, this.json.length, 0, true)
  }

  #nameOf(items: Items): string | undefined {
    return this.#options.keyed ? items.name : undefined
  }

  #targetName(): string | undefined {
    if (!this.#options.keyed) return undefined
    return readName(this.#name)
  }
}

const unescaped = new Bytes(64)

function readName(copyText: Bytes): string {
  unescaped.clear()
  readField(copyText.data, 0, copyText.length, unescaped)
  return unescaped.data.toString('utf8', 0, unescaped.length)
}
