/**
 * Prints what the search finds: the size of the right protocol's world, and for every mistake a shortest way to the damage.
 * `npx tsx test/model/print.ts`
 */
import { MISTAKES } from './mistakes.ts'
import { RIGHT } from './protocol.ts'
import { type Search, search } from './search.ts'

export function sizeOf({ states, steps, depth }: Search): string {
  return `${states} states, ${steps} steps between them, the farthest ${depth} steps away`
}

export function traceOf({ violation }: Search): string {
  if (violation === undefined) return 'no violation'
  const lines = violation.trace.map((step, at) => `${String(at + 1).padStart(4)}  ${step}`)
  return [`breaks "${violation.law}":`, ...lines].join('\n')
}

if (import.meta.url === `file://${process.argv[1]}`) {
  const right = search(RIGHT)
  console.log(`the protocol as designed: ${sizeOf(right)}; ${traceOf(right)}`)
  for (const { name, protocol, breaks, starts } of MISTAKES) {
    const found = search(protocol, [breaks], starts)
    console.log(`\n${name} (${found.states} states) ${traceOf(found)}`)
  }
}
