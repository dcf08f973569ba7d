import { pick, type Random } from './random.ts'

/** A record of the Idea Bank as its interface gives it. */
export interface Item {
  id: string
  title: string
  description: string
  category: string
  priority: string
  status: string
  tags: string[]
  createdAt: string
  updatedAt: string | null
}

/** What a write sends: members of a record, of which the title begins with the write's own mark. */
export type Payload = Partial<Omit<Item, 'id' | 'createdAt' | 'updatedAt'>>

const CATEGORIES = [
  'documentacao',
  'coleta-dados',
  'banco-dados',
  'analise-dados',
  'gestao-riscos',
  'dashboard',
] as const
const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const
const STATUSES = ['new', 'review', 'in-progress', 'completed', 'rejected'] as const
const WORDS = [
  'índice',
  'Ruhe',
  '価格',
  'nota "citada"',
  'barra \\ e /',
  'ação 🙂',
  'lin\u2028ha',
  "d'água",
  '%d {0} $1',
] as const

/** `client/number`: no two writes bear the same, so that a record tells which write it is from. */
export function markOf(client: string, seq: number): string {
  return `${client}/${seq}`
}

/** The mark in a title; the whole title of a record that was there before. */
export function markIn(title: string): string {
  return /^\w+\/\d+(?= )/.exec(title)?.[0] ?? title
}

/** A new record's members. */
export function newPayload(mark: string, random: Random): Payload {
  const { status: _, ...payload } = changedPayload(mark, random)
  return { ...payload, category: pick(random, CATEGORIES) }
}

/** An edit: all members but the category, so that whatever stands in a record tells of one write alone. */
export function changedPayload(mark: string, random: Random): Payload {
  return {
    title: `${mark} ${pick(random, WORDS)}`,
    description: `${mark}: ${pick(random, WORDS)} ${pick(random, WORDS)}`,
    priority: pick(random, PRIORITIES),
    status: pick(random, STATUSES),
    tags: Array.from({ length: random(4) }, () => pick(random, WORDS)),
  }
}

/** A record that the interface must refuse: it has a member that nobody knows. */
export function badPayload(mark: string, random: Random): Payload & { unknown: string } {
  return { ...newPayload(mark, random), unknown: 'x' }
}

export function isItem(value: unknown): value is Item {
  if (typeof value !== 'object' || value === null) return false
  return 'id' in value && typeof value.id === 'string' && 'title' in value && typeof value.title === 'string'
}
