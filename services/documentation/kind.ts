import type { Json } from 'outgrow/store'

/** The collections whose records bear a key. Links have none: they are one value, the list. */
export const KINDS = ['systems', 'ideas', 'files', 'change_log'] as const
export type Kind = (typeof KINDS)[number]

/** What is counted, with the member of the store that holds the next number. */
export const COUNTERS = {
  systems: 'nextSystemId',
  ideas: 'nextId',
  files: 'nextFileId',
  links: 'nextLinkId',
} as const
export type Counted = keyof typeof COUNTERS

export const COUNTED = Object.keys(COUNTERS) as Counted[]

/** A document that holds nothing yet. */
export const EMPTY = {
  systems: [],
  ideas: [],
  links: [],
  files: [],
  change_log: [],
  nextId: 1,
  nextLinkId: 1,
  nextFileId: 1,
  nextSystemId: 1,
}

/** The number that an id is, as text or, in old links, as a number; 0 for what is none or too high to count on from. */
export function numberOf(id: Json | undefined): number {
  const text = typeof id === 'number' ? String(id) : id
  return typeof text === 'string' && /^\d{1,15}$/.test(text) ? Number(text) : 0
}

/** What a counter says comes next; 1 when it says nothing. Old files have it as a number or, rarely, as text. */
export function nextOf(counter: Json | undefined): number {
  return Math.max(1, numberOf(counter))
}
