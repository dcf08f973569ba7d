import type { ColumnType } from '../../src/schema/plan.ts'

/**
 * What PostgreSQL makes of one field of COPY text: read as the column's type and printed again, in COPY text. A model for
 * laws that are tried too often for a server; the same laws run against a real one beside it, and compare this with it.
 * Sources: PostgreSQL documentation, "Data Types", and COPY's text format.
 */
export function asPostgres(type: ColumnType | 'json', field: string): string {
  if (field === '\\N') return field
  const text = unescaped(field)
  return escaped(printed(type, text))
}

function printed(type: ColumnType | 'json', text: string): string {
  switch (type) {
    case 'boolean':
      return text === 't' ? 't' : text === 'f' ? 'f' : fail(type, text)
    case 'bigint':
      return /^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)
        ? `${BigInt(text)}`
        : fail(type, text)
    case 'double precision':
      return doubleText(text)
    case 'numeric':
      return numericText(text)
    case 'uuid':
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : fail(type, text)
    case 'date':
      return realDay(text) ? text : fail(type, text)
    case 'timestamptz':
      return instantText(text)
    case 'text[]':
      return `{${elementsOf(text).map(quotedElement).join(',')}}`
    case 'bigint[]':
      return `{${elementsOf(text)
        .map((one) => printed('bigint', one))
        .join(',')}}`
    case 'jsonb':
      return jsonbText(text)
    default:
      if (text.includes('\0')) fail(type, text)
      return text
  }
}

function fail(type: string, text: string): never {
  throw new Error(`PostgreSQL would refuse ${JSON.stringify(text.slice(0, 80))} as ${type}`)
}

function doubleText(text: string): string {
  const value = Number(text)
  if (text === '' || !Number.isFinite(value)) return fail('double precision', text)
  if (Object.is(value, -0)) return '-0'
  const [digits = '', power = ''] = value.toExponential().split('e')
  const exponent = Number(power)
  // As %g does with as many digits as needed, but fixed up to 1e15.
  if (exponent >= -4 && exponent < 15) return toPlain(digits, exponent)
  return `${digits}e${exponent < 0 ? '-' : '+'}${String(Math.abs(exponent)).padStart(2, '0')}`
}

function toPlain(mantissa: string, exponent: number): string {
  const sign = mantissa.startsWith('-') ? '-' : ''
  const digits = mantissa.replace(/[-.]/g, '')
  if (exponent < 0) return `${sign}0.${'0'.repeat(-exponent - 1)}${digits}`
  const whole = digits.slice(0, exponent + 1).padEnd(exponent + 1, '0')
  const rest = digits.slice(exponent + 1)
  return sign + whole + (rest === '' ? '' : `.${rest}`)
}

function numericText(text: string): string {
  const [, sign = '', whole = '', fraction = '', power = '0'] =
    /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/.exec(text) ?? fail('numeric', text)
  const exponent = Number(power)
  const scale = Math.max(0, fraction.length - exponent)
  if (Math.abs(exponent) > 1_000_000_000 || scale > 16_383) fail('numeric', text)
  const digits = (whole + fraction).padEnd(
    whole.length + fraction.length + Math.max(0, exponent - fraction.length),
    '0',
  )
  const point = digits.length - scale
  const padded = point <= 0 ? '0'.repeat(1 - point) + digits : digits
  const integer = padded.slice(0, padded.length - scale).replace(/^0+(?=\d)/, '')
  if (integer.length > 131_072) fail('numeric', text)
  const rest = scale > 0 ? `.${padded.slice(padded.length - scale)}` : ''
  return `${/[1-9]/.test(integer + rest) ? sign : ''}${integer}${rest}`
}

function realDay(text: string): boolean {
  const date = new Date(`${text}T00:00:00Z`)
  return /^\d{4}-\d{2}-\d{2}$/.test(text) && !text.startsWith('0000') && date.toISOString().slice(0, 10) === text
}

function instantText(text: string): string {
  const [, day = '', time = '', fraction = ''] =
    /^(\d{4}-\d{2}-\d{2})T(\d{2}:\d{2}:\d{2})(?:\.(\d{1,6}))?Z$/.exec(text) ?? fail('timestamptz', text)
  if (!realDay(day)) fail('timestamptz', text)
  const kept = fraction.replace(/0+$/, '')
  return `${day} ${time}${kept === '' ? '' : `.${kept}`}+00`
}

/** Elements of a one-dimensional array literal. */
function elementsOf(text: string): string[] {
  if (text === '{}') return []
  const elements: string[] = []
  const pattern = /(?:"((?:[^"\\]|\\[\s\S])*)"|([^,"{}]*))([,}])/gy
  pattern.lastIndex = 1
  for (let match = pattern.exec(text); match; match = pattern.exec(text)) {
    elements.push(match[1] === undefined ? (match[2] ?? '') : match[1].replace(/\\([\s\S])/g, '$1'))
    if (match[3] === '}') return pattern.lastIndex === text.length ? elements : fail('array', text)
  }
  return fail('array', text)
}

function quotedElement(text: string): string {
  const plain = text !== '' && !/[{}",\\ \t\n\r\v\f]/.test(text) && text.toUpperCase() !== 'NULL'
  return plain ? text : `"${text.replace(/["\\]/g, '\\$&')}"`
}

/** jsonb: members by length, then by bytes; numbers as numeric prints them; strings with the escapes that must be. */
function jsonbText(text: string): string {
  let at = 0
  const white = (): void => {
    while (' \t\r\n'.includes(text[at] ?? 'x')) at++
  }
  const string = (): string => {
    const from = at++
    while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
    const value = JSON.parse(text.slice(from, ++at)) as string
    if (value.includes('\0') || !value.isWellFormed()) fail('jsonb', text)
    return value
  }
  const many = (close: string, item: () => void): void => {
    at++
    for (white(); text[at] !== close; white()) {
      if (text[at] === ',') at++
      white()
      item()
    }
    at++
  }
  const value = (): string => {
    white()
    const first = text[at]
    if (first === '"') return jsonbString(string())
    if (first === '[') {
      const items: string[] = []
      many(']', () => items.push(value()))
      return `[${items.join(', ')}]`
    }
    if (first === '{') {
      const members: [string, string][] = []
      many('}', () => {
        const name = string()
        white()
        at++
        members.push([name, value()])
      })
      const sorted = members.sort(
        ([a], [b]) => Buffer.byteLength(a) - Buffer.byteLength(b) || Buffer.compare(Buffer.from(a), Buffer.from(b)),
      )
      return `{${sorted.map(([name, member]) => `${jsonbString(name)}: ${member}`).join(', ')}}`
    }
    const [word = ''] = /^[-+.\w]+/.exec(text.slice(at, at + 200_000)) ?? fail('jsonb', text)
    at += word.length
    return /^[tfn]/.test(word) ? word : numericText(word)
  }
  return value()
}

function jsonbString(text: string): string {
  // Only these are escaped; what else JSON.stringify would escape is a lone surrogate, which never comes here.
  return JSON.stringify(text)
}

const LETTERS: Record<string, string> = { b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v' }
const NAMES = new Map(Object.entries(LETTERS).map(([letter, character]) => [character, letter]))

function unescaped(field: string): string {
  return field.replace(/\\([\s\S])/g, (_all, letter: string) => LETTERS[letter] ?? letter)
}

function escaped(text: string): string {
  return text.replace(/[\\\b\f\n\r\t\v]/g, (character) => `\\${NAMES.get(character) ?? character}`)
}
