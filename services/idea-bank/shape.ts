import { readFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Plan, readPlan } from 'outgrow'

/**
 * The three forms that files of the Idea Bank have, by the members that tell them apart, each with its plan. All lead to the
 * same tables, so that it makes no difference to PostgreSQL which one was moved.
 */
export const SHAPES = [
  { members: ['items', 'categories'], plan: 'plan.items-categories.json' },
  { members: ['items'], plan: 'plan.items.json' },
  { members: ['ideas'], plan: 'plan.json' },
] as const

/** What the ideas are called in a file with these members; in a new one, `ideas`. */
export function collectionIn(members: readonly string[]): 'ideas' | 'items' {
  return shapeOf(members).members[0]
}

function shapeOf(members: readonly string[]): (typeof SHAPES)[number] {
  return SHAPES.find((shape) => shape.members.every((name) => members.includes(name))) ?? SHAPES[2]
}

/** The plan for a file with these members. */
export async function planFor(members: readonly string[]): Promise<Plan> {
  const path = fileURLToPath(new URL(shapeOf(members).plan, import.meta.url))
  return readPlan(await readFile(path, 'utf8'), path)
}

/** The collection that holds the ideas, by its plan. */
export function collectionOf(plan: Plan): 'ideas' | 'items' {
  return collectionIn(plan.collections.map((one) => one.name))
}
