/**
 * Generated stores, as JSON texts. They are drawn from a seed by a small generator of our own, because a hundred thousand of
 * them must cost little; `size` bounds how many records and members there are, so that shrinking it finds a small example.
 */
export interface Draw {
  seed: number
  size: number
}

/** What a field of one collection tends to hold; its records stray from it now and then. */
type Field = { name: string; value: (dice: Dice) => string; missing: number; nulls: number; strays: number }

export class Dice {
  #state: number

  constructor(seed: number) {
    this.#state = (seed ^ 0x9e3779b9) >>> 0
  }

  /** A number from 0 to below `sides` (Mulberry32). */
  roll(sides: number): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let t = this.#state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) % sides
  }

  pick<T>(values: readonly T[]): T {
    return values[this.roll(values.length)] as T
  }

  once(in_: number): boolean {
    return in_ > 0 && this.roll(in_) === 0
  }
}

/** A document and its shape; two draws of one `shape` seed have the same collections and fields, and other values. */
export function drawStore({ seed, size }: Draw, shape = seed): string {
  const form = new Dice(shape)
  const dice = new Dice(seed + 1)
  const kind = form.roll(10)
  if (kind === 0) return list(form, dice, size)
  if (kind === 1) return map(form, dice, size)
  const count = 1 + form.roll(Math.min(3, size))
  const names = distinct(form, count, COLLECTION_NAMES)
  return `{${names.map((name) => `${name}:${white(dice)}${collection(form, dice, size)}`).join(',')}}`
}

function collection(form: Dice, dice: Dice, size: number): string {
  const kind = form.roll(10)
  if (kind < 5) return list(form, dice, size)
  if (kind === 5) return map(form, dice, size)
  if (kind < 8) return object(fields(form, size, 0), dice)
  return anything(dice, 0)
}

function list(form: Dice, dice: Dice, size: number): string {
  const known = fields(form, size, 0)
  const key = form.roll(5)
  const loose = form.once(12) ? 4 : 0
  const records = Array.from({ length: dice.roll(size + 1) }, (_, i) => {
    if (dice.once(loose)) return anything(dice, 2)
    return object(known, dice, keyOf(key, i, dice))
  })
  return `[${records.join(',')}]`
}

function map(form: Dice, dice: Dice, size: number): string {
  const known = fields(form, size, 0)
  const name = form.pick([(i: number) => `"u${i}"`, (i: number) => `"${i}"`, (i: number) => `"2024-01-${10 + i}"`])
  const odd = dice.once(6) ? `,${dice.pick(ODD_NAMES)}:${object(known, dice)}` : ''
  const records = Array.from({ length: 2 + dice.roll(size) }, (_, i) => `${name(i)}:${object(known, dice)}`)
  return `{${records.join(',')}${odd}}`
}

function keyOf(kind: number, i: number, dice: Dice): string {
  if (kind === 0) return ''
  if (kind === 1) return `"id":${i + 1}`
  if (kind === 2) return `"_id":"k${i}"`
  if (kind === 3) return `"id":${dice.pick([`${i}.5`, `${i}.50`, `${i + 1}5e-1`, '0.5'])}`
  return `"id":${dice.pick([`${i}`, `"${i}"`, `${i}.0`, 'null', '"dup"', `"${i}\\u0000"`])}`
}

function object(known: Field[], dice: Dice, first = ''): string {
  const members: string[] = first === '' ? [] : [first]
  for (const field of known) {
    if (dice.once(field.missing)) continue
    const value = dice.once(field.nulls) ? 'null' : dice.once(field.strays) ? anything(dice, 1) : field.value(dice)
    members.push(`${field.name}${white(dice)}:${value}`)
  }
  if (dice.once(30)) members.push(`"extra${dice.roll(3)}":${anything(dice, 1)}`)
  return `{${members.join(',')}${white(dice)}}`
}

function fields(form: Dice, size: number, depth: number): Field[] {
  return distinct(form, form.roll(Math.min(size + 1, depth === 0 ? 7 : 4)), FIELD_NAMES).map((name) => ({
    name,
    value: drawValue(form, size, depth),
    missing: form.pick([0, 0, 2, 5]),
    nulls: form.pick([0, 0, 2, 6]),
    strays: form.pick([0, 0, 0, 4, 20]),
  }))
}

function drawValue(form: Dice, size: number, depth: number): (dice: Dice) => string {
  const kind = form.roll(depth < 3 ? 15 : 11)
  if (kind < 11) {
    const values = SCALARS[kind] as readonly string[]
    return (dice) => dice.pick(values)
  }
  if (kind === 11) {
    const values = form.pick(SCALARS)
    return (dice) => `[${Array.from({ length: dice.roll(4) }, () => dice.pick(values)).join(',')}]`
  }
  if (kind === 12) return (dice) => anything(dice, 1)
  const inner = fields(form, size, depth + 1)
  if (kind === 13) {
    const always = inner.map((field) => ({ ...field, missing: 0 }))
    return (dice) => object(dice.once(9) ? inner : always, dice)
  }
  return (dice) => `[${Array.from({ length: dice.roll(4) }, () => object(inner, dice)).join(',')}]`
}

/** Any value at all. */
function anything(dice: Dice, depth: number): string {
  const kind = dice.roll(depth < 3 ? 8 : 5)
  if (kind < 5) return dice.pick(dice.pick(SCALARS))
  const count = dice.roll(4)
  if (kind === 5) return `[${Array.from({ length: count }, () => anything(dice, depth + 1)).join(',')}]`
  if (kind === 6)
    return `{${distinct(dice, count, FIELD_NAMES)
      .map((name) => `${name}:${anything(dice, depth + 1)}`)
      .join(',')}}`
  return dice.pick(['null', '[]', '{}', '[null]', '[[]]', '[{}]'])
}

/** Different names, as JSON literals; two literals of one list never name the same text. */
function distinct(dice: Dice, count: number, from: readonly string[]): string[] {
  const start = dice.roll(from.length)
  const step = 1 + 2 * dice.roll(8)
  const names = Array.from({ length: count }, (_, i) => from[(start + i * step) % from.length] as string)
  return [...new Set(names)]
}

function white(dice: Dice): string {
  return dice.once(12) ? ' \n\t' : ''
}

const LONG = 'n'.repeat(66)
const ODD_NAMES = [
  '""',
  '"a.b"',
  '"a/b"',
  '"~"',
  '"__proto__"',
  '"constructor"',
  '"ctid"',
  '"select"',
  '"_aside"',
  '"_position"',
  '"#"',
  String.raw`"\u0000"`,
  String.raw`"x\ud800"`,
  '"é"',
  '"e\u0301"',
  '"💡"',
  '"User"',
  '"user"',
  '"user_id"',
  '"userId"',
  `"${LONG}1"`,
  `"${LONG}2"`,
  String.raw`"q\"\\"`,
  '" "',
  '"\u2028"',
]
const FIELD_NAMES = [
  '"a"',
  '"b"',
  '"name"',
  '"createdAt"',
  '"tags"',
  '"author"',
  '"items"',
  '"0"',
  '"12"',
  ...ODD_NAMES,
]
const COLLECTION_NAMES = ['"users"', '"posts"', '"records"', '"store_values"', '"settings"', ...ODD_NAMES]

const SCALARS: readonly (readonly string[])[] = [
  ['true', 'false'],
  ['0', '1', '-7', '42', '1700000000000', '1.0', '1E2'],
  ['0', '9223372036854775807', '-9223372036854775808', '9007199254740993'],
  ['0.1', '-2.5', '1e21', '5e-324', '1.7976931348623157e308', '-0', '1.10', '100', '1e-7', '123456789012345680'],
  [
    '9223372036854775808',
    '0.30000000000000000001',
    '1e400',
    '1e-400',
    '-0.0',
    '1.50',
    '0e99999999999',
    '1e140000',
    '10e-16384',
  ],
  ['"0b9c5b2e-6d4f-4a1b-8c3d-2e1f0a9b8c7d"', '"1b9c5b2e-6d4f-4a1b-8c3d-2e1f0a9b8c7d"'],
  ['"2024-02-29"', '"0001-01-01"', '"9999-12-31"', String.raw`"2024-02-2\u0039"`],
  ['"2024-02-29T12:34:56.789Z"', '"2024-02-29T00:00:00.000Z"', '"1969-12-31T23:59:59.900Z"'],
  ['"2024-02-29T12:34:56Z"', '"2024-02-29T12:34:56.5Z"', '"2024-02-30T00:00:00Z"', '"now"', '"infinity"'],
  ['"low"', '"high"', '""', '"007"', '" 7 "', '"null"', '"NULL"', '"1e5"', '"{}"', '"a,b"'],
  [
    '"x"',
    String.raw`"\u0000"`,
    String.raw`"\ud83d"`,
    String.raw`"\ud83d\ude00"`,
    '"💡"',
    String.raw`"\\."`,
    String.raw`"\\N"`,
    String.raw`"\t\r\n\b\f\/\"\\"`,
    String.raw`"\u000b\u001f\u007f"`,
    '"e\u0301"',
    '"\u2028"',
    String.raw`"\u0022\u005c\u002c"`,
  ],
]
