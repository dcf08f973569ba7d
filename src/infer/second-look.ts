import { bigintText } from '../codec/integers.ts'
import { fitsDouble, parseDecimal } from '../jsonstore/decimal.ts'
import { DONE, ITEM, Items } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { memberOf } from '../jsonstore/members.ts'
import type { Source } from '../jsonstore/source.ts'
import { LIST, NUMBER, OBJECT, STRIDE, STRING, type Tape } from '../jsonstore/tape.ts'
import { Window } from '../jsonstore/window.ts'
import { HashList } from './hashes.ts'
import { hashScalar } from './scalars.ts'

/** A value that a pass over the hashes made interesting: where it stands and what it is. */
export interface Sighting {
  /** Position of the record in its collection, from 0. */
  position: number
  /** Its canonical text. */
  text: string
}

/** What to look for in a collection: at `path` in each record, scalars whose hash `wanted` says yes to. */
export interface Question {
  path: string[]
  wanted: (hash: number) => boolean
  /** Stop taking sightings after this many. */
  most: number
}

/** Reads one collection again and answers questions about single values, which the profile does not keep. */
export async function lookAgain({ file, span, reading }: Source, questions: Question[]): Promise<Sighting[][]> {
  const window = new Window(file, span.from, span.to)
  await window.fill()
  const keys = new KeyTable()
  const paths = questions.map((question) => question.path.map((name) => keys.idOfName(name)))
  const items = new Items(window, reading, keys)
  const answers: Sighting[][] = questions.map(() => [])
  for (;;) {
    const found = items.next()
    if (found === DONE) return answers
    if (found !== ITEM) await items.fill()
    else
      for (const [i, question] of questions.entries())
        sight(items, paths[i] as number[], question, answers[i] as Sighting[])
  }
}

function sight(items: Items, path: number[], question: Question, found: Sighting[]): void {
  const { tape } = items
  for (const node of scalarsAt(tape, 0, path)) {
    if (found.length >= question.most) return
    if (question.wanted(hashScalar(tape, node)))
      found.push({ position: items.count - 1, text: canonicalText(tape, node) })
  }
}

/** Two spellings of one number are one key to PostgreSQL: `1.0` is told as `1`. */
function canonicalText(tape: Tape, node: number): string {
  if (tape.kind(node) !== NUMBER) return tape.text(node)
  const text = tape.raw(node)
  if (fitsDouble(text)) return String(Number(text))
  const { negative, digits, exponent } = parseDecimal(text)
  return bigintText(text) ?? `${negative ? '-' : ''}${digits}e${exponent}`
}

/** The scalars at a path; a list on the way stands for each of its elements. */
function* scalarsAt(tape: Tape, node: number, path: number[]): Generator<number> {
  const kind = tape.kind(node)
  if (kind === LIST) {
    for (let item = node + STRIDE; item < tape.next(node); item = tape.next(item)) yield* scalarsAt(tape, item, path)
  } else if (path.length === 0) {
    if (kind === NUMBER || kind === STRING) yield node
  } else if (kind === OBJECT) {
    const value = memberOf(tape, node, path[0] as number)
    if (value !== undefined) yield* scalarsAt(tape, value, path.slice(1))
  }
}

/** Hashes of the scalars at a path, of every record: for a member that the first pass did not follow. */
export async function hashesAt(source: Source, path: string[]): Promise<HashList> {
  const hashes = new HashList()
  const wanted = (hash: number): boolean => {
    hashes.add(hash)
    return false
  }
  await lookAgain(source, [{ path, wanted, most: 1 }])
  return hashes
}
