/**
 * The tests' own reading of JSON, which shares nothing with the product's: a strict recursive parser that keeps numbers as
 * exact decimals and strings as UTF-16, and a comparison that names every place where two documents differ in value.
 */
export type ExactValue =
  | null
  | boolean
  | { number: string }
  | { string: string }
  | { list: ExactValue[] }
  | { object: Map<string, ExactValue> }

/** Parses UTF-8 bytes; throws for anything that RFC 8259 does not allow, for bytes that are not UTF-8, and for a name twice. */
export function parseExact(bytes: Uint8Array | string): ExactValue {
  const text = typeof bytes === 'string' ? bytes : new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  const parser = new Parser(text)
  return parser.document()
}

const WHITE = /[ \t\r\n]*/y
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y
const ESCAPES: Record<string, string> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

class Parser {
  #text: string
  #at = 0

  constructor(text: string) {
    this.#text = text
  }

  document(): ExactValue {
    const value = this.#value()
    this.#white()
    if (this.#at !== this.#text.length) throw this.#fail('nothing more')
    return value
  }

  #value(): ExactValue {
    this.#white()
    const first = this.#text[this.#at]
    if (first === '{') return { object: this.#object() }
    if (first === '[') return { list: this.#list() }
    if (first === '"') return { string: this.#string() }
    for (const [word, value] of [
      ['null', null],
      ['true', true],
      ['false', false],
    ] as const)
      if (this.#text.startsWith(word, this.#at)) {
        this.#at += word.length
        return value
      }
    NUMBER.lastIndex = this.#at
    const match = NUMBER.exec(this.#text)
    if (!match) throw this.#fail('a value')
    this.#at += match[0].length
    return { number: canonicalNumber(match[0]) }
  }

  #list(): ExactValue[] {
    const list: ExactValue[] = []
    this.#at++
    if (this.#takes(']')) return list
    for (;;) {
      list.push(this.#value())
      if (this.#takes(']')) return list
      if (!this.#takes(',')) throw this.#fail('`,` or `]`')
    }
  }

  #object(): Map<string, ExactValue> {
    const object = new Map<string, ExactValue>()
    this.#at++
    if (this.#takes('}')) return object
    for (;;) {
      this.#white()
      if (this.#text[this.#at] !== '"') throw this.#fail('a name')
      const name = this.#string()
      if (object.has(name)) throw this.#fail(`a name other than ${JSON.stringify(name)}`)
      if (!this.#takes(':')) throw this.#fail('`:`')
      object.set(name, this.#value())
      if (this.#takes('}')) return object
      if (!this.#takes(',')) throw this.#fail('`,` or `}`')
    }
  }

  #string(): string {
    let text = ''
    let from = ++this.#at
    for (;;) {
      const code = this.#text.charCodeAt(this.#at)
      if (code === 34) break
      if (code !== 92) {
        if (!(code >= 32)) throw this.#fail('text')
        this.#at++
        continue
      }
      text += this.#text.slice(from, this.#at) + this.#escape()
      from = this.#at
    }
    text += this.#text.slice(from, this.#at)
    this.#at++
    return text
  }

  #escape(): string {
    const letter = this.#text[this.#at + 1] ?? ''
    if (letter !== 'u') {
      const character = ESCAPES[letter]
      if (character === undefined) throw this.#fail('an escape')
      this.#at += 2
      return character
    }
    const digits = this.#text.slice(this.#at + 2, this.#at + 6)
    if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw this.#fail('four hex digits')
    this.#at += 6
    return String.fromCharCode(Number.parseInt(digits, 16))
  }

  #takes(character: string): boolean {
    this.#white()
    if (this.#text[this.#at] !== character) return false
    this.#at++
    return true
  }

  #white(): void {
    WHITE.lastIndex = this.#at
    this.#at += WHITE.exec(this.#text)?.[0].length ?? 0
  }

  #fail(wanted: string): Error {
    return new SyntaxError(`${wanted} was expected at ${this.#at}: ${this.#text.slice(this.#at, this.#at + 40)}`)
  }
}

/** One spelling per decimal: `1.10` and `11e-1` are the same, and so are not `0` and `-0`. */
export function canonicalNumber(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? []
  const all = `${whole}${fraction}`.replace(/^0+/, '')
  const digits = all.replace(/0+$/, '')
  if (digits === '') return `${sign}0`
  return `${sign}${digits}e${BigInt(power) - BigInt(fraction.length) + BigInt(all.length - digits.length)}`
}

/** Every place where two values differ, as `pointer: this instead of that`; empty when they are equal. */
export function exactDifferences(wanted: ExactValue, found: ExactValue, pointer = ''): string[] {
  if (isList(wanted) && isList(found)) return listDifferences(wanted.list, found.list, pointer)
  if (isObject(wanted) && isObject(found)) return objectDifferences(wanted.object, found.object, pointer)
  return sameScalar(wanted, found) ? [] : [`${pointer}: ${shown(found)} instead of ${shown(wanted)}`]
}

function listDifferences(wanted: ExactValue[], found: ExactValue[], pointer: string): string[] {
  const differences = wanted.length === found.length ? [] : [`${pointer}: ${found.length} of ${wanted.length} elements`]
  for (let i = 0; i < Math.min(wanted.length, found.length); i++)
    differences.push(...exactDifferences(wanted[i] as ExactValue, found[i] as ExactValue, `${pointer}/${i}`))
  return differences
}

function objectDifferences(wanted: Map<string, ExactValue>, found: Map<string, ExactValue>, pointer: string): string[] {
  const differences: string[] = []
  const at = (name: string): string => `${pointer}/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`
  for (const [name, value] of wanted) {
    const other = found.get(name)
    if (other === undefined) differences.push(`${at(name)}: missing instead of ${shown(value)}`)
    else differences.push(...exactDifferences(value, other, at(name)))
  }
  for (const [name, value] of found) if (!wanted.has(name)) differences.push(`${at(name)}: ${shown(value)} is extra`)
  return differences
}

function sameScalar(a: ExactValue, b: ExactValue): boolean {
  if (a === null || b === null || typeof a === 'boolean' || typeof b === 'boolean') return a === b
  if ('number' in a && 'number' in b) return a.number === b.number
  return 'string' in a && 'string' in b && a.string === b.string
}

function isList(value: ExactValue): value is { list: ExactValue[] } {
  return value !== null && typeof value === 'object' && 'list' in value
}

function isObject(value: ExactValue): value is { object: Map<string, ExactValue> } {
  return value !== null && typeof value === 'object' && 'object' in value
}

function shown(value: ExactValue): string {
  if (value === null || typeof value === 'boolean') return String(value)
  if ('number' in value) return value.number.slice(0, 60)
  if ('string' in value) return JSON.stringify(value.string.slice(0, 60))
  return 'list' in value ? `a list of ${value.list.length}` : `an object of ${value.object.size}`
}
