import { OutgrowError } from '../src/errors.ts'

/**
 * A JSON text in canonical form: two texts have the same form exactly when they are equal in value as outgrow promises it,
 * that is strings code unit by code unit, numbers as exact decimals, arrays in order, objects as sets of members. Written
 * apart from the product's own reader, so that a fault there cannot hide itself here. Expects valid JSON.
 */
export function canonical(text: string): string {
  const at = { text, index: 0 }
  const form = value(at)
  space(at)
  if (at.index !== text.length) throw damaged(at)
  return form
}

interface Cursor {
  readonly text: string
  index: number
}

function value(at: Cursor): string {
  space(at)
  const first = at.text[at.index]
  if (first === '{') return `{${members(at).sort().join(',')}}`
  if (first === '[') return `[${items(at, ']', value).join(',')}]`
  if (first === '"') return string(at)
  return scalar(at)
}

function members(at: Cursor): string[] {
  return items(at, '}', () => {
    space(at)
    const name = string(at)
    space(at)
    if (at.text[at.index++] !== ':') throw damaged(at)
    return `${name}:${value(at)}`
  })
}

function items(at: Cursor, close: string, item: (at: Cursor) => string): string[] {
  const found: string[] = []
  at.index++
  space(at)
  if (at.text[at.index] === close) {
    at.index++
    return found
  }
  for (;;) {
    found.push(item(at))
    space(at)
    const mark = at.text[at.index++]
    if (mark === close) return found
    if (mark !== ',') throw damaged(at)
  }
}

function string(at: Cursor): string {
  const start = at.index
  let escaped = false
  let end = start + 1
  for (; at.text[end] !== '"'; end++) {
    if (end >= at.text.length) throw damaged(at)
    if (at.text[end] !== '\\') continue
    escaped = true
    end++
  }
  at.index = end + 1
  const raw = at.text.slice(start, at.index)
  return escaped ? JSON.stringify(JSON.parse(raw)) : raw
}

const SCALAR = /true|false|null|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y

function scalar(at: Cursor): string {
  SCALAR.lastIndex = at.index
  const found = SCALAR.exec(at.text)?.[0]
  if (found === undefined) throw damaged(at)
  at.index += found.length
  return /\d/.test(found) ? decimal(found) : found
}

/** `digits e exponent` without leading or trailing zeros: 1.50, 15e-1 and 1.5 are one number, and so are 0 and -0. */
function decimal(text: string): string {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] = /^(-?)(\d+)\.?(\d*)[eE]?(.*)$/.exec(text) ?? []
  const digits = (whole + fraction).replace(/^0+/, '')
  const significant = digits.replace(/0+$/, '')
  if (significant === '') return '0'
  const scale = BigInt(exponent || '0') - BigInt(fraction.length) + BigInt(digits.length - significant.length)
  return scale === 0n ? `${sign}${significant}` : `${sign}${significant}e${scale}`
}

function space(at: Cursor): void {
  while (at.index < at.text.length && at.text.charCodeAt(at.index) <= 0x20) at.index++
}

function damaged(at: Cursor): OutgrowError {
  return new OutgrowError('source-damaged', 'not JSON', { place: `character ${at.index}` })
}
