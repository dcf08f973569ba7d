import type { FileHandle } from 'node:fs/promises'
import { isOutgrowError, OutgrowError } from '../errors.ts'
import { skipWhite } from './items.ts'
import { KeyTable } from './keys.ts'
import { Tape } from './tape.ts'
import { Window } from './window.ts'

const NEWLINE = 10

/**
 * The lines of a NeDB log, each with one JSON value, in memory bounded by the longest line. Blank lines are passed over,
 * as NeDB does. A line that is not one whole JSON value is refused with its number and byte offset.
 */
export class NedbLines {
  readonly tape = new Tape(new KeyTable())
  /** Number of the line on the tape, from 1. */
  number = 0
  /** File offsets of the value on the tape. */
  from = 0
  to = 0
  #window: Window
  /** Newlines before `window.at`. */
  #passed = 0

  constructor(file: FileHandle, size: number) {
    this.#window = new Window(file, 0, size)
  }

  /** Puts the next line's value on the tape; false at the end of the log. */
  async next(): Promise<boolean> {
    try {
      return await this.#next()
    } catch (error) {
      if (!isOutgrowError(error, 'source-damaged')) throw error
      throw this.#refused(error)
    }
  }

  async #next(): Promise<boolean> {
    const window = this.#window
    if (!(await this.#toValue())) return false
    while (this.tape.read(window.bytes, window.at, window.end, window.base, window.last) === 'short')
      await window.fill()
    const end = this.tape.end
    this.number = this.#passed + 1
    this.from = window.offset
    this.to = window.base + end
    const broken = window.bytes.subarray(window.at, end).indexOf(NEWLINE)
    if (broken >= 0) throw this.#misplaced(this.from + broken, 'a record that spans lines')
    window.at = end
    await this.#toLineEnd()
    return true
  }

  /** Moves to the first byte of the next value, over a byte order mark, white space and blank lines. */
  async #toValue(): Promise<boolean> {
    const window = this.#window
    for (;;) {
      if (window.offset === 0 && window.bytes.subarray(0, window.end).indexOf('\ufeff') === 0) window.at = 3
      const at = skipWhite(window, window.at)
      this.#passed += countNewlines(window.bytes, window.at, at)
      window.at = at
      if (at < window.end) return true
      if (window.last) return false
      await window.fill()
    }
  }

  async #toLineEnd(): Promise<void> {
    const window = this.#window
    for (;;) {
      while (window.at < window.end && [32, 9, 13].includes(window.bytes[window.at] as number)) window.at++
      if (window.at < window.end) break
      if (!(await window.fill())) return
    }
    if (window.bytes[window.at] !== NEWLINE) throw this.#misplaced(window.offset, 'more than one value on a line')
  }

  #misplaced(offset: number, what: string): OutgrowError {
    return new OutgrowError('source-damaged', `There is ${what} at byte ${offset}.`, { place: `byte ${offset}` })
  }

  /** The refusal told with the number of the line in which the damage stands. */
  #refused(error: OutgrowError): OutgrowError {
    const window = this.#window
    const offset = Number(error.place?.replace('byte ', ''))
    const at = Math.min(Math.max(window.at, offset - window.base), window.end)
    return refusedLine(this.#passed + countNewlines(window.bytes, window.at, at) + 1, offset, error.message, error)
  }
}

/** A refusal of one line of a log. NeDB itself would go on without it, which is how records are lost in silence. */
export function refusedLine(line: number, offset: number, what: string, cause?: unknown): OutgrowError {
  return new OutgrowError(
    'source-damaged',
    `Line ${line} of the NeDB log cannot be read: ${what} NeDB itself drops damaged lines without a word while they are at most 10 % of the log.`,
    {
      place: `line ${line}, byte ${offset}`,
      next: 'Repair or remove the line, so that what is left out is your decision.',
      cause,
    },
  )
}

function countNewlines(bytes: Uint8Array, from: number, to: number): number {
  let count = 0
  for (let at = from; at < to; at++) if (bytes[at] === NEWLINE) count++
  return count
}
