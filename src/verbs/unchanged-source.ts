import { isOutgrowError, OutgrowError } from '../errors.ts'
import type { Snapshot } from '../jsonstore/snapshot.ts'

/** What tells whether a store is still what was opened. */
interface Source {
  path: string
  snapshot: Snapshot
  sha256: string
}

/** Throws `source-changed` unless the path still names a file of the same bytes. */
export async function refuseChangedSource(source: Source): Promise<void> {
  if (await isChanged(source)) throw changed(source.path)
}

/**
 * Runs `fn`, which reads an opened store. When the store was written below it, whatever `fn` ran into follows from that:
 * `source-changed` is thrown in its place, with the error as its cause.
 */
export async function onUnchangedSource<T>(source: Source, fn: () => Promise<T>): Promise<T> {
  return fn().catch(async (error: unknown) => {
    const differs = isOutgrowError(error, 'differences') && (await isChanged(source))
    throw differs ? changed(source.path, error) : await causeOf(source, error)
  })
}

/** The error, or `source-changed` when the opened file itself was written to; a file renamed over it does no harm. */
export async function causeOf({ path, snapshot }: Pick<Source, 'path' | 'snapshot'>, error: unknown): Promise<unknown> {
  return (await snapshot.unchanged()) ? error : changed(path, error)
}

async function isChanged({ snapshot, sha256 }: Source): Promise<boolean> {
  try {
    return (await snapshot.rehash()) !== sha256
  } catch (error) {
    // Gone, or no regular file any more.
    if (isOutgrowError(error, 'source-unfit')) return true
    throw error
  }
}

function changed(path: string, cause?: unknown): OutgrowError {
  return new OutgrowError('source-changed', `The store ${path} was written while it was being moved.`, {
    place: path,
    next: 'Stop the service that writes it and run again, or move it in stages with `outgrow stage`.',
    cause,
  })
}
