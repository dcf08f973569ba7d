import { compareText } from 'outgrow/store'
import { CATEGORIES, type Idea, PRIORITIES, STATUSES } from './idea.ts'

export interface Stats {
  total: number
  byStatus: Record<string, number>
  byCategory: Record<string, number>
  byPriority: Record<string, number>
}

/**
 * Counts ideas, each weighing one unless told otherwise. Every word of the vocabularies is there, then those that old
 * records have besides, by code point; a member that is no text counts in the total only.
 */
export function statsOf(ideas: Iterable<{ idea: Idea; weight?: number }>): Stats {
  let total = 0
  const counts = { status: tally(STATUSES), category: tally(CATEGORIES), priority: tally(PRIORITIES) }
  for (const { idea, weight = 1 } of ideas) {
    total += weight
    for (const [name, words] of Object.entries(counts)) {
      const word = idea[name]
      if (typeof word === 'string') words.set(word, (words.get(word) ?? 0) + weight)
    }
  }
  return {
    total,
    byStatus: inOrder(counts.status, STATUSES),
    byCategory: inOrder(counts.category, CATEGORIES),
    byPriority: inOrder(counts.priority, PRIORITIES),
  }
}

function tally(words: readonly string[]): Map<string, number> {
  return new Map(words.map((word) => [word, 0]))
}

function inOrder(counts: Map<string, number>, words: readonly string[]): Record<string, number> {
  const others = [...counts.keys()].filter((word) => !words.includes(word)).sort(compareText)
  return Object.fromEntries([...words, ...others].map((word) => [word, counts.get(word) ?? 0]))
}
