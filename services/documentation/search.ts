import { containsText, type JsonRecord, lowerCase, type ReadOptions } from 'outgrow/store'
import type { Reading } from './store.ts'

/** The members that a search looks into. */
export const SEARCHED = { systems: ['name', 'shortName', 'description'], ideas: ['title', 'description'] } as const

/** The words of a search, in lower case, the longest first; equal ones once. */
export function termsOf(q: string): string[] {
  const terms = q.split(/\s+/u).filter((term) => term !== '')
  return [...new Set(terms.map(lowerCase))].sort((a, b) => b.length - a.length)
}

/**
 * Systems or ideas in which every word of the search is part of a member, whatever its case; not every word need be in the
 * same one. Newest first, ties by id. This meaning is the same everywhere: the store finds the longest word (on
 * PostgreSQL by an index of trigrams, in the file by looking), and the others are looked for in what it found. PostgreSQL's own
 * text search is not asked, since its words, stems and stop words would be another question than the file can answer.
 */
export async function searchIn(
  store: Reading,
  kind: keyof typeof SEARCHED,
  q: string,
  options: ReadOptions,
): Promise<JsonRecord[]> {
  const [longest = '', ...others] = termsOf(q)
  const members = SEARCHED[kind]
  const found = await store.find(
    kind,
    { search: { text: longest, in: [...members] }, order: [{ by: 'createdAt', descending: true }] },
    options,
  )
  return found.filter((record) => others.every((term) => members.some((member) => contains(record[member], term))))
}

function contains(value: unknown, term: string): boolean {
  return typeof value === 'string' && containsText(value, term)
}
