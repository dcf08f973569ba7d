import { isUtf8 } from 'node:buffer'
import { Bytes } from './bytes.ts'
import { MAX_DEPTH } from './tape.ts'
import { escapeJson } from './text.ts'
import type { Wreck } from './wreck.ts'

const WORDS = new Map([
  ['true', 'true'],
  ['false', 'false'],
  ['null', 'null'],
  ['True', 'true'],
  ['False', 'false'],
  ['None', 'null'],
])
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/
const ESCAPE = /^\\(?:["\\/bfnrt]|u[0-9A-Fa-f]{4})/

/**
 * Reads one value that is not JSON but can be read in one way only, and writes it as JSON: single quotes, names without
 * quotes, commas too many or missing, comments, control characters in strings, the words of Python. Anything else is a
 * failure: no value is guessed.
 */
export class Respelling {
  readonly out = new Bytes(256)
  /** What was not JSON about the value. */
  readonly why = new Set<string>()
  /** After a failure: where (the opening quote, when it is inside a string), and the brackets that were open there. */
  failedAt = -1
  readonly open: number[] = []
  #wreck: Wreck

  constructor(wreck: Wreck) {
    this.#wreck = wreck
  }

  /** Reads the value at `at`; returns where it ends, or -1. */
  value(at: number): number {
    const byte = this.#wreck.bytes[at] as number
    if (byte === 123 || byte === 91) return this.#container(at, byte)
    if (byte === 34 || byte === 39) return this.string(at)
    return this.#scalar(at)
  }

  /** Reads the name and the colon of a member; returns where its value begins, or -1. */
  name(at: number): number {
    const wreck = this.#wreck
    const byte = wreck.bytes[at]
    const stop = byte === 34 || byte === 39 ? this.string(at) : this.#bareName(at)
    if (stop < 0) return -1
    const colon = wreck.white(stop)
    if (wreck.bytes[colon] !== 58) return this.#fail(colon)
    this.out.push(58)
    return wreck.white(colon + 1)
  }

  #container(from: number, open: number): number {
    const wreck = this.#wreck
    if (this.open.length >= MAX_DEPTH) return this.#fail(from)
    this.open.push(open)
    this.out.push(open)
    let at = wreck.white(from + 1)
    for (let before = -1; wreck.bytes[at] !== open + 2; at = wreck.white(before)) {
      if (at >= wreck.end) return this.#fail(at)
      if (before >= 0) {
        at = this.#comma(before, at, open)
        if (at < 0) return -1
        if (wreck.bytes[at] === open + 2) break
        this.out.push(44)
      }
      if (open === 123) at = this.name(at)
      if (at < 0) return -1
      before = this.value(at)
      if (before < 0) return -1
    }
    this.open.pop()
    this.out.push(open + 2)
    return at + 1
  }

  /** Where the next item begins, or the end of the container; -1 where there may be no next item. */
  #comma(before: number, at: number, open: number): number {
    const wreck = this.#wreck
    if (wreck.bytes[at] === 44) {
      const next = wreck.white(at + 1)
      if (wreck.bytes[next] === open + 2) this.why.add('a trailing comma')
      return next
    }
    if (!mayLackComma(wreck, before, at, open)) return this.#fail(at)
    this.why.add('a comma is missing')
    return at
  }

  /** A string in double or single quotes. */
  string(from: number): number {
    const { bytes, end } = this.#wreck
    const quote = bytes[from] as number
    this.out.push(34)
    let at = from + 1
    let broken = false
    for (; bytes[at] !== quote; ) {
      const byte = bytes[at] as number
      if (at >= end || byte === 0) return this.#fail(from)
      if (byte === 10) broken = true
      const next = this.#character(at, byte)
      if (next < 0) return this.#fail(from)
      at = next
    }
    if (!isUtf8(bytes.subarray(from, at))) return this.#fail(from)
    // A string that runs on over a line break may as well lack its quote: what follows must be the end of a value.
    if (broken && !',:]}'.includes(String.fromCharCode(bytes[this.#wreck.white(at + 1)] ?? 0))) return this.#fail(from)
    if (quote === 39) this.why.add('single quotes')
    this.out.push(34)
    return at + 1
  }

  /** One character of a string, escaped as JSON wants it. */
  #character(at: number, byte: number): number {
    const { bytes } = this.#wreck
    if (byte === 92) {
      if (bytes[at + 1] === 39) {
        this.out.push(39)
        return at + 2
      }
      const escaped = ESCAPE.exec(bytes.toString('latin1', at, at + 6))
      if (escaped === null) return -1
      this.out.ascii(escaped[0])
      return at + escaped[0].length
    }
    if (byte < 32) this.why.add('a control character in a string')
    if (byte < 32 || byte === 34) escapeJson(bytes, at, at + 1, this.out)
    else this.out.push(byte)
    return at + 1
  }

  #bareName(at: number): number {
    const name = /^[A-Za-z_$][\w$]*/.exec(this.#wreck.bytes.toString('latin1', at, at + 200))?.[0]
    if (name === undefined) return this.#fail(at)
    this.out.ascii(`"${name}"`)
    this.why.add('a name without quotes')
    return at + name.length
  }

  #scalar(at: number): number {
    const { bytes } = this.#wreck
    let stop = at
    while (isWordByte(bytes[stop])) stop++
    const text = bytes.toString('latin1', at, stop)
    const word = NUMBER.test(text) ? text : WORDS.get(text)
    if (word === undefined) return this.#fail(at)
    if (word !== text) this.why.add(`\`${text}\` for \`${word}\``)
    this.out.ascii(word)
    return stop
  }

  #fail(at: number): -1 {
    this.failedAt = at
    return -1
  }
}

/** Between two items a comma may be missing only where nothing else can be meant: at a line break, or beside a bracket. */
export function mayLackComma({ bytes }: Wreck, before: number, at: number, open: number): boolean {
  const byte = bytes[at] as number
  if (open === 123 ? byte !== 34 && byte !== 39 : !'{["\'-0123456789'.includes(String.fromCharCode(byte))) return false
  const brackets = isBracket(bytes[before - 1]) || isBracket(byte)
  return brackets || bytes.subarray(before, at).includes(10)
}

function isBracket(byte: number | undefined): boolean {
  return byte === 123 || byte === 125 || byte === 91 || byte === 93
}

/** Letters, digits, `_ $ + - .` and everything beyond ASCII: what a number or a word runs on with. */
function isWordByte(byte: number | undefined): boolean {
  if (byte === undefined) return false
  return byte >= 128 || /[\w$+.-]/.test(String.fromCharCode(byte))
}
