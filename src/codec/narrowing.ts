import { STRING, type Tape } from '../jsonstore/tape.ts'
import { enumValues } from '../schema/objects.ts'
import type { Layout } from './layout.ts'

/** Why a column that the reader of the plan narrowed cannot take a value (node -1: NULL); undefined when it can. */
export type Narrowing = (tape: Tape, node: number) => string | undefined

/** The narrowing of each column, by its index: only the reader of a plan turns one on. */
export function narrowingsOf({ table, columns }: Layout): (Narrowing | undefined)[] {
  return columns.map((column) => {
    const rules = table.proposals
      .filter((proposal) => proposal.enabled && proposal.column === column.name)
      .flatMap(({ kind, evidence }) =>
        kind === 'not-null' ? [required] : kind === 'enum' ? [oneOf(enumValues(evidence))] : [],
      )
    if (rules.length === 0) return undefined
    return (tape, node) => rules.map((rule) => rule(tape, node)).find((reason) => reason !== undefined)
  })
}

const required: Narrowing = (_tape, node) =>
  node < 0 ? 'the plan says not-null, and the value is missing, null or of another type' : undefined

function oneOf(values: string[]): Narrowing {
  const allowed = new Set(values)
  return (tape, node) => {
    if (node < 0 || (tape.kind(node) === STRING && allowed.has(tape.text(node)))) return undefined
    return `the plan allows only ${values.map((value) => JSON.stringify(value)).join(', ')}`
  }
}
