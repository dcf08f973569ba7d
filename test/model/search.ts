import { Edges } from './edges.ts'
import { isQuiet, LAWS, type Law } from './laws.ts'
import type { Protocol } from './protocol.ts'
import { Seen } from './seen.ts'
import { highWordOf, lowWordOf, type State, startOf } from './state.ts'
import { RULES } from './steps.ts'

/** A law of every state, or that from every state there is a way to quiet. */
export type AnyLaw = Law | 'never stuck'
export const ALL_LAWS: readonly AnyLaw[] = ['kept', 'once', 'one authority', 'equal', 'never stuck']

export interface Search {
  states: number
  steps: number
  /** The longest of the shortest ways to a state, in steps. */
  depth: number
  /** The names of all steps that were taken. */
  names: Set<string>
  violation: { law: AnyLaw; trace: string[] } | undefined
}

const STARTS = [startOf(0), startOf(1)]

/**
 * Goes breadth-first through every state that the protocol can come to, checks the laws in each and, in the end, that each
 * can come to quiet. Stops at the first violation, with a trace that no other is shorter than. `laws`: only these, since a
 * mistake often breaks several, at different depths. Deterministic.
 */
export function search(
  protocol: Protocol,
  laws: readonly AnyLaw[] = ALL_LAWS,
  starts: readonly State[] = STARTS,
): Search {
  const [seen, edges, names] = [new Seen(), new Edges(), new Set<string>()]
  const [parents, goals]: [number[], number[]] = [[], []]
  const checked = (Object.keys(LAWS) as Law[]).filter((law) => laws.includes(law))
  let next: { state: State; number: number }[] = []
  let broken: { law: AnyLaw; number: number } | undefined
  const meet = (state: State, parent: number): number => {
    const number = seen.add(lowWordOf(state), highWordOf(state))
    if (number < parents.length) return number
    parents.push(parent)
    next.push({ state, number })
    if (isQuiet(state)) goals.push(number)
    const law = broken === undefined ? checked.find((one) => !LAWS[one](state)) : undefined
    if (law !== undefined) broken = { law, number }
    return number
  }
  for (const start of starts) meet(start, -1)
  let depth = 0
  for (; next.length > 0 && broken === undefined; depth++) {
    const level = next
    next = []
    for (const { state, number } of level)
      for (const rule of RULES)
        rule(state, protocol, (name, to) => {
          names.add(name)
          edges.add(number, meet(to, number))
        })
  }
  if (broken === undefined && laws.includes('never stuck')) {
    const number = edges.firstStuck(seen.size, goals)
    if (number !== undefined) broken = { law: 'never stuck', number }
  }
  const violation = broken && { law: broken.law, trace: traceTo(broken.number, parents, starts, seen, protocol) }
  return { states: seen.size, steps: edges.size, depth: depth - 1, names, violation }
}

/** The names of the steps on the way to a state, by going it once more: the search keeps numbers only. */
function traceTo(
  last: number,
  parents: readonly number[],
  starts: readonly State[],
  seen: Seen,
  protocol: Protocol,
): string[] {
  const way: number[] = []
  for (let at = last; at >= starts.length; at = parents[at] ?? 0) way.unshift(at)
  const trace: string[] = []
  let state = starts[parents[way[0] ?? 0] ?? 0] ?? startOf(0)
  for (const number of way) {
    const step = stepsOf(state, protocol).find(({ next }) => seen.add(lowWordOf(next), highWordOf(next)) === number)
    if (step === undefined) break
    trace.push(step.name)
    state = step.next
  }
  return trace
}

function stepsOf(state: State, protocol: Protocol): { name: string; next: State }[] {
  const steps: { name: string; next: State }[] = []
  for (const rule of RULES) rule(state, protocol, (name, next) => steps.push({ name, next }))
  return steps
}
