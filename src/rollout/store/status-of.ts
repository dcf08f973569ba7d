import { isOutgrowError } from '../../errors.ts'
import type { Parts } from './parts.ts'
import type { StageStatus } from './status.ts'

/** The store as this process sees it; PostgreSQL's own backlog is left out while it is away. */
export async function statusOf(parts: Parts): Promise<StageStatus> {
  const { present, gate, file, postgres, traffic, calm } = parts
  const { authority, mirror } = present.rules
  const { compares, fallbackReads } = traffic.figures()
  return {
    store: parts.name,
    stage: present.stage,
    epoch: present.epoch,
    authority,
    mirror,
    owner: file !== undefined,
    held: gate.isHeld,
    refused: gate.reason?.message,
    dirty:
      mirror === 'file'
        ? await backlogOf(parts)
        : { keys: mirror === undefined ? 0 : (file?.log.size ?? 0), age: calm.lag() },
    backfilling: file?.backfilling ?? false,
    fallbackReads,
    compares,
    postgres: postgres === undefined ? undefined : parts.breaker.state,
  }
}

async function backlogOf({ postgres, breaker, unclean }: Parts): Promise<StageStatus['dirty']> {
  if (postgres === undefined) return { keys: unclean.size, age: 0 }
  try {
    const { marks, age } = await breaker.run(() => postgres.dirtyBacklog())
    return { keys: marks, age }
  } catch (error) {
    if (!isOutgrowError(error, 'unavailable', 'target-unreachable')) throw error
    // What this process has written is what it knows of.
    return { keys: unclean.size, age: 0 }
  }
}
