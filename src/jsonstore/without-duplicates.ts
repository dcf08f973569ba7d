import type { FileHandle } from 'node:fs/promises'
import { OutgrowError } from '../errors.ts'
import { formatPointer } from '../schema/pointer.ts'
import { damageAt } from './damage.ts'
import { excerpt } from './differences.ts'
import { afterMember } from './equal.ts'
import type { Sink } from './file-sink.ts'
import { skipWhite } from './items.ts'
import { KeyTable } from './keys.ts'
import { LIST, OBJECT, STRIDE, STRING, Tape } from './tape.ts'
import { Window } from './window.ts'

/** A member that was left out because another of the same name came after it in the same object. */
export interface Duplicate {
  /** RFC 6901, of the member; the same before and after, because no list changes. */
  pointer: string
  /** Byte offset of the name of the member left out. */
  offset: number
  /** JSON text of the value left out, cut to 200 characters. */
  lost: string
}

const BYTE_ORDER_MARK = Buffer.from('\ufeff')
/** The document is held in memory, so its size has an end. */
const LARGEST = 1_000_000_000
/** Output is handed on in runs of about this many bytes. */
const RUN = 1 << 18

/**
 * Rewrites the document in bytes [0, size) of `file` as JSON.parse would understand it: of the members of one name in one
 * object the last value stands at the place of the first. Every other byte is kept. Returns each member left out, in the
 * order of the file. Damage is refused as everywhere, and so is a document above 1 GB.
 */
export async function withoutDuplicates(file: FileHandle, size: number, sink: Sink): Promise<Duplicate[]> {
  if (size > LARGEST) throw tooLarge(size)
  const window = new Window(file, 0, size)
  while (await window.fill());
  const { bytes, end } = window
  const marked = bytes.subarray(0, Math.min(3, end)).equals(BYTE_ORDER_MARK)
  const from = skipWhite(window, marked ? 3 : 0)
  const tape = new Tape(new KeyTable(), 'keep')
  tape.read(bytes, from, end, 0, true)
  const after = skipWhite(window, tape.end)
  if (after < end) throw damageAt(bytes, after, end, after, 'the end of the file')
  const kept = new Kept(tape, end)
  for (let i = 0; i < kept.ranges.length; i += 2)
    for (let at = kept.ranges[i] as number; at < (kept.ranges[i + 1] as number); at += RUN)
      await sink.write(bytes.subarray(at, Math.min(at + RUN, kept.ranges[i + 1] as number)))
  return kept.left.sort((a, b) => a.offset - b.offset)
}

/** What of a document is kept, as byte ranges in the order in which they are written. */
class Kept {
  readonly ranges: number[] = []
  readonly left: Duplicate[] = []
  #tape: Tape

  constructor(tape: Tape, end: number) {
    this.#tape = tape
    this.#keep(0, outerStart(tape, 0))
    this.#value(0, '')
    this.#keep(tape.end, end)
  }

  #keep(from: number, to: number): void {
    const { ranges } = this
    if (from >= to) return
    if (ranges.at(-1) === from) ranges[ranges.length - 1] = to
    else ranges.push(from, to)
  }

  #value(node: number, pointer: string): void {
    const tape = this.#tape
    let done = outerStart(tape, node)
    if (tape.kind(node) === LIST) done = this.#list(node, pointer, done)
    if (tape.kind(node) === OBJECT) done = this.#object(node, pointer, done)
    this.#keep(done, outerStop(tape, node))
  }

  #list(node: number, pointer: string, from: number): number {
    const tape = this.#tape
    let done = from
    let index = 0
    for (let child = node + STRIDE; child < tape.next(node); child = tape.next(child), index++) {
      this.#keep(done, outerStart(tape, child))
      this.#value(child, isContainer(tape, child) ? `${pointer}/${index}` : '')
      done = outerStop(tape, child)
    }
    return done
  }

  #object(node: number, pointer: string, from: number): number {
    const tape = this.#tape
    const last = lastOfEach(tape, node)
    const written = new Set<string>()
    let done = from
    for (let key = node + STRIDE; key < tape.next(node); key = afterMember(tape, key)) {
      const name = tape.text(key)
      const winner = last.get(name) as number
      const place = pointer + formatPointer([name])
      if (key !== winner)
        this.left.push({ pointer: place, offset: tape.start(key) - 1, lost: excerpt(tape, key + STRIDE) })
      // The first of a name is written, with the value of the last; another one goes, with the comma before it.
      if (!written.has(name)) {
        this.#keep(done, outerStart(tape, key + STRIDE))
        this.#value(winner + STRIDE, place)
        written.add(name)
      }
      done = outerStop(tape, key + STRIDE)
    }
    return done
  }
}

/** For each name in an object, the last KEY node that has it. */
function lastOfEach(tape: Tape, object: number): Map<string, number> {
  const last = new Map<string, number>()
  for (let key = object + STRIDE; key < tape.next(object); key = afterMember(tape, key)) last.set(tape.text(key), key)
  return last
}

/** A list of a hundred million numbers needs no pointer for each of them. */
function isContainer(tape: Tape, node: number): boolean {
  return tape.kind(node) === LIST || tape.kind(node) === OBJECT
}

/** Where a value begins and ends, its quotes included. */
function outerStart(tape: Tape, node: number): number {
  return tape.start(node) - (tape.kind(node) === STRING ? 1 : 0)
}
function outerStop(tape: Tape, node: number): number {
  return tape.stop(node) + (tape.kind(node) === STRING ? 1 : 0)
}

function tooLarge(size: number): OutgrowError {
  return new OutgrowError(
    'source-unfit',
    `The store has ${size} bytes; members that stand twice can be settled in stores up to ${LARGEST} bytes only.`,
    { next: 'Remove the duplicates that the refusal names, and run again without `--duplicate-keys=last`.' },
  )
}
