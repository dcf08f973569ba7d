import fc from 'fast-check'
import { Bytes } from '../../src/jsonstore/bytes.ts'
import { KeyTable } from '../../src/jsonstore/keys.ts'
import { FALSE, LIST, NULL, NUMBER, STRIDE, STRING, Tape, TRUE } from '../../src/jsonstore/tape.ts'
import { pushText } from '../../src/jsonstore/text.ts'

/** The tape of a JSON text that stands in memory; leading white space is allowed. */
export function tapeOf(text: string | Uint8Array, keys = new KeyTable()): Tape {
  const bytes = typeof text === 'string' ? Buffer.from(text) : text
  const from = bytes.findIndex((byte) => ![32, 9, 10, 13].includes(byte))
  const tape = new Tape(keys)
  tape.read(bytes, Math.max(0, from), bytes.length, 0, true)
  return tape
}

/** What JSON.parse would give for a node: the tests' independent reading of a tape. */
export function decoded(tape: Tape, node = 0): unknown {
  const kind = tape.kind(node)
  if (kind === NULL) return null
  if (kind === TRUE || kind === FALSE) return kind === TRUE
  if (kind === NUMBER) return Number(tape.raw(node))
  if (kind === STRING) return tape.text(node)
  if (kind === LIST) {
    const list: unknown[] = []
    for (let at = node + STRIDE; at < tape.next(node); at = tape.next(at)) list.push(decoded(tape, at))
    return list
  }
  const members: [string, unknown][] = []
  for (let key = node + STRIDE; key < tape.next(node); key = tape.next(key + STRIDE))
    members.push([tape.text(key), decoded(tape, key + STRIDE)])
  return Object.fromEntries(members)
}

/** The UTF-8 of a JSON text; a lone surrogate becomes its escape, because UTF-8 has no other way to write it. */
export function utf8(text: string): Buffer {
  return Buffer.from(text.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, escaped))
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}

/** WTF-8 of a JavaScript string. */
export function wtf8(text: string): Buffer {
  const out = new Bytes()
  pushText(out, text)
  return Buffer.from(out.view())
}

const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
  fc.array(fc.integer({ min: 0xd800, max: 0xdfff }), { maxLength: 4 }).map((codes) => String.fromCharCode(...codes)),
  fc.constantFrom('__proto__', 'constructor', '', 'a.b', 'a/b', '~', 'ctid', '"', '\\', '\u0000', '\u2028', '1'),
)

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc
    .tuple(fc.constantFrom('', '-'), fc.bigInt({ min: 0n }), fc.stringMatching(/^(\.\d{1,30})?([eE][+-]?\d{1,3})?$/))
    .map(([sign, digits, rest]) => sign + digits + rest),
  fc.constantFrom('0', '-0', '-0.0', '1.0', '1e400', '5e-324', '9007199254740993', '0e0', '1E+2'),
)

const white = fc.stringMatching(/^[ \t\r\n]{0,3}$/)

/** A JSON string literal of any text, in any of the spellings that JSON has for each character. */
const literal = fc.tuple(text, fc.infiniteStream(fc.nat(9))).map(([value, dice]) => {
  let body = ''
  for (const unit of value.split('')) {
    const roll = dice.next().value as number
    if (roll === 0) body += escaped(unit)
    else if (roll === 1) body += escaped(unit).toUpperCase().replace('\\U', '\\u')
    else if (roll === 2 && unit === '/') body += '\\/'
    else
      body += JSON.stringify(unit)
        .slice(1, -1)
        .replace(/^\\ud[89a-f]..$/, (lone) => String.fromCharCode(Number.parseInt(lone.slice(2), 16)))
  }
  return `"${body}"`
})

/** Random JSON texts: every kind of value, white space, escapes, surrogates, numbers beyond doubles; no duplicates. */
export const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string; list: string; object: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom('null', 'true', 'false'),
    number,
    literal,
    tie('list'),
    tie('object'),
  ),
  list: fc
    .tuple(
      white,
      fc.array(
        fc.tuple(white, tie('value'), white).map((parts) => parts.join('')),
        { maxLength: 5 },
      ),
    )
    .map(([blank, elements]) => `[${elements.length === 0 ? blank : elements.join(',')}]`),
  object: fc
    .tuple(
      white,
      fc.uniqueArray(fc.tuple(white, literal, white, white, tie('value'), white), {
        maxLength: 5,
        selector: ([, name]) => JSON.parse(name) as string,
      }),
    )
    .map(([blank, members]) => {
      if (members.length === 0) return `{${blank}}`
      return `{${members.map(([a, name, b, c, value, d]) => `${a}${name}${b}:${c}${value}${d}`).join(',')}}`
    }),
})).value
