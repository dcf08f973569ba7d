/**
 * The rows of the flat store: 8 members of the usual kinds, deterministic from the seed, so that the store of N records is
 * a prefix of every longer one. About 183 bytes each as compact JSON, with some escapes and non-ASCII text among them.
 */
export interface Row {
  id: number
  name: string
  email: string
  createdAt: string
  score: number
  active: boolean
  status: string
  note: string
}

const SEED = 20_240_607
const FIRST_INSTANT = Date.UTC(2020, 0, 1)
const FOUR_YEARS_MS = 4 * 365 * 86_400_000
const STATUSES = ['open', 'waiting', 'done', 'closed']
const GIVEN = ['Ana', 'Bruno', 'Chloé', 'Dmitri', 'Eun-ji', 'Fátima', 'Grace', 'Håkon', "O'Neil", '小林']
const WORDS =
  'price target moved above open after the "news" of today ação mercado line\nbreak tab\there C:\\tmp 东京 🚀 follow up with team'.split(
    ' ',
  )

/** Yields rows 1 to `count` in order. */
export function* rows(count: number): Generator<Row> {
  const random = mulberry32(SEED)
  for (let id = 1; id <= count; id++) yield makeRow(id, random)
}

function makeRow(id: number, random: () => number): Row {
  const name = `${pick(GIVEN, random)} ${Math.floor(random() * 100_000)}`
  return {
    id,
    name,
    email: `user${id}@email${Math.floor(random() * 50)}.org`,
    createdAt: new Date(FIRST_INSTANT + Math.floor(random() * FOUR_YEARS_MS)).toISOString(),
    score: Math.round(random() * 1e6) / 1e4,
    active: random() < 0.5,
    status: pick(STATUSES, random),
    note: sentence(1 + Math.floor(random() * 5), random),
  }
}

function sentence(length: number, random: () => number): string {
  return Array.from({ length }, () => pick(WORDS, random)).join(' ')
}

function pick(choices: readonly string[], random: () => number): string {
  return choices[Math.floor(random() * choices.length)] as string
}

/** Mulberry32 (Tommy Ettinger, public domain): 32 bits of state are plenty for test data and the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** One line of PostgreSQL's COPY text format. */
export function copyLine(row: Row): string {
  return `${cells(row).map(escapeCopy).join('\t')}\n`
}

/** One line of CSV (RFC 4180 quoting, `\n` between lines). */
export function csvLine(row: Row): string {
  return `${cells(row).map(quoteCsv).join(',')}\n`
}

function cells(row: Row): string[] {
  const { id, name, email, createdAt, score, active, status, note } = row
  return [String(id), name, email, createdAt, String(score), active ? 't' : 'f', status, note]
}

const COPY_ESCAPES: Record<string, string> = { '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }

function escapeCopy(cell: string): string {
  return cell.replace(/[\\\t\n\r]/g, (found) => COPY_ESCAPES[found] as string)
}

function quoteCsv(cell: string): string {
  return /[",\n\r\\]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell
}
