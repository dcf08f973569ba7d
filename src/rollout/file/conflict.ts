import { isDeepStrictEqual } from 'node:util'
import { isOutgrowError } from '../../errors.ts'
import type { Json, Key } from '../side.ts'
import { type FilePlan, readDocument } from './read.ts'
import { allKeys, type Records } from './records.ts'

/** A record that the other writer, or our own write, made different from what we wrote last. Undefined: it is not there. */
export interface ThreeWay {
  collection: string
  key: Key
  /** As we wrote it last. */
  ours: Json | undefined
  /** As it stands in the file now. */
  theirs: Json | undefined
  /** As our refused write would have left it. */
  intended: Json | undefined
  /** Who changed it; `both` is what a person must decide. */
  changedBy: 'them' | 'us' | 'both'
}

/** Somebody else wrote the file of which this process is the owner. */
export interface Conflict {
  path: string
  /** Why their file cannot be read (it is gone, cut short, `null`, damaged); undefined when it can. */
  unreadable: string | undefined
  /** Every record that differs. When their file cannot be read: those that our own write changes. */
  records: ThreeWay[]
}

/** Compares what we wrote last with what stands in the file and with what we were about to write. */
export async function compareThreeWays(
  path: string,
  plan: FilePlan,
  ours: Records & { names(): string[] },
  intended: Records,
  touched: Iterable<string>,
): Promise<Conflict> {
  const found = await readTheirs(path, plan)
  const theirs = 'document' in found ? found.document : undefined
  const names = new Set([...ours.names(), ...touched, ...(theirs?.names() ?? [])])
  const records = [...names].flatMap((collection) =>
    allKeys(collection, ours, intended, ...(theirs === undefined ? [] : [theirs])).flatMap((key) => {
      const mine = ours.get(collection, key)?.value
      const next = intended.get(collection, key)?.value
      const other = theirs === undefined ? mine : theirs.get(collection, key)?.value
      const changedBy = whoChanged(mine, other, next)
      return changedBy === undefined
        ? []
        : [{ collection, key, ours: mine, theirs: other, intended: next, changedBy } as const]
    }),
  )
  return { path, unreadable: 'problem' in found ? found.problem : undefined, records }
}

function whoChanged(
  ours: Json | undefined,
  theirs: Json | undefined,
  intended: Json | undefined,
): ThreeWay['changedBy'] | undefined {
  const them = !isDeepStrictEqual(ours, theirs)
  const us = !isDeepStrictEqual(ours, intended)
  if (them) return us ? 'both' : 'them'
  return us ? 'us' : undefined
}

async function readTheirs(
  path: string,
  plan: FilePlan,
): Promise<{ document: Awaited<ReturnType<typeof readDocument>>['document'] } | { problem: string }> {
  try {
    return await readDocument(path, plan)
  } catch (error) {
    if (isOutgrowError(error)) return { problem: error.message }
    throw error
  }
}
