import type { Sql } from '../../postgres/sql.ts'
import type { Collection } from '../../schema/plan.ts'
import { isKeyless } from '../key.ts'
import type { Key } from '../side.ts'
import { fileOf, postgresOf } from '../store/authority.ts'
import type { Parts } from '../store/parts.ts'

/**
 * The relay pushes records, not their places: a record that was removed and put again between two pushes is last in the
 * authority and keeps its place in the mirror. So the order of each list is brought over when the authority changes.
 */
export async function arrangePostgres(parts: Parts, sql: Sql): Promise<void> {
  const { side } = fileOf(parts)
  for (const { name } of lists(parts)) {
    const wanted = side.order(name)
    if (!sameOrder(wanted, await postgresOf(parts).order(name))) await postgresOf(parts).arrange(name, wanted, sql)
  }
}

export async function arrangeFile(parts: Parts): Promise<void> {
  const { side } = fileOf(parts)
  const act = { epoch: parts.present.epoch, as: 'mirror' } as const
  for (const { name } of lists(parts)) {
    const wanted = await postgresOf(parts).order(name)
    if (!sameOrder(wanted, side.order(name))) await side.arrange(name, wanted, act)
  }
}

/** Names of the lists whose records do not stand in the same order on both sides: mended when the authority changes. */
export async function checkOrder(parts: Parts): Promise<string[]> {
  const { side } = fileOf(parts)
  const other: string[] = []
  for (const { name } of lists(parts))
    if (!sameOrder(side.order(name), await postgresOf(parts).order(name))) other.push(name)
  return other
}

function lists(parts: Parts): Collection[] {
  return parts.names.all().filter((one) => one.kind === 'list' && !isKeyless(one))
}

function sameOrder(a: readonly Key[], b: readonly Key[]): boolean {
  return a.length === b.length && a.every((key, at) => key === b[at])
}
