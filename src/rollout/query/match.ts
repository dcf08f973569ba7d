import { OutgrowError } from '../../errors.ts'
import type { Condition, Json, JsonRecord, Query, Scalar, Where } from '../side.ts'
import { compareValues, typeOf } from './order.ts'
import { containsText, lowerCase } from './text.ts'
import { pathOf, valueAt } from './value.ts'

export type Test = (record: JsonRecord) => boolean

/** True when the record fulfils all conditions and, if there is a search, one of its members contains the text. */
export function matches(record: JsonRecord, where?: Where, search?: Query['search']): boolean {
  return matcher(where, search)(record)
}

/** `matches` with the conditions read once, for many records. */
export function matcher(where: Where = {}, search?: Query['search']): Test {
  const tests = Object.entries(where).flatMap(([name, condition]) => memberTests(pathOf(name), condition))
  if (search !== undefined) tests.push(searchTest(search))
  return (record) => tests.every((test) => test(record))
}

function memberTests(path: string[], condition: Scalar | Condition): Test[] {
  const asked: Condition = typeof condition === 'object' && condition !== null ? condition : { in: [condition] }
  return Object.entries(asked).flatMap(([operator, operand]) => {
    if (operand === undefined) return []
    if (!Object.hasOwn(OPERATORS, operator)) throw unknownOperator(operator)
    const holds = OPERATORS[operator as keyof Condition](operand as never)
    return [(record: JsonRecord) => holds(valueAt(record, path) ?? null)]
  })
}

type Holds = (value: Json) => boolean

/** What each operator asks of a member, a missing one being null. */
const OPERATORS: { [Operator in keyof Required<Condition>]: (operand: Required<Condition>[Operator]) => Holds } = {
  // Scalars are equal when they are of one type and value; a list or an object equals none.
  in: (scalars) => (value) => scalars.some((scalar) => scalar === value),
  not: (scalar) => (value) => value !== scalar,
  gt: (scalar) => compares(scalar, (order) => order > 0),
  gte: (scalar) => compares(scalar, (order) => order >= 0),
  lt: (scalar) => compares(scalar, (order) => order < 0),
  lte: (scalar) => compares(scalar, (order) => order <= 0),
  has: (scalar) => (value) => Array.isArray(value) && value.includes(scalar),
}

function compares(scalar: Scalar, holds: (order: number) => boolean): Holds {
  const type = typeOf(scalar)
  return (value) => type !== 'null' && typeOf(value) === type && holds(compareValues(value, scalar))
}

function unknownOperator(operator: string): OutgrowError {
  return new OutgrowError('usage', `There is no condition "${operator}".`, {
    place: operator,
    next: `Use one of ${Object.keys(OPERATORS).join(', ')}.`,
  })
}

function searchTest(search: NonNullable<Query['search']>): Test {
  const lowered = lowerCase(search.text)
  const paths = search.in.map(pathOf)
  return (record) =>
    paths.some((path) => {
      const value = valueAt(record, path)
      return typeof value === 'string' && containsText(value, lowered)
    })
}
