import { OutgrowError } from '../../errors.ts'
import type { Conflict } from './conflict.ts'

/** Why a file store refuses what it refuses. */
export function changedByOthers({ path, unreadable, records }: Conflict): OutgrowError {
  const theirs = records.filter(({ changedBy }) => changedBy !== 'us').length
  const both = records.filter(({ changedBy }) => changedBy === 'both').length
  const what = unreadable ?? `They changed ${theirs} records, ${both} of which this process was about to change.`
  return new OutgrowError('source-changed', `Somebody else wrote the store ${path}; it is read-only now. ${what}`, {
    place: path,
    next: 'Find the other writer and stop it, settle the difference, then start the service again.',
  })
}

export function fatal(path: string, step: string | undefined, cause: unknown): OutgrowError {
  const outcome = step === 'sync folder' ? 'Its last write may or may not last.' : 'Its last write did not happen.'
  return new OutgrowError('failure', `The store ${path} is closed, since the disk failed. ${outcome}`, {
    place: path,
    next: 'Check the disk, then start the service again.',
    cause,
  })
}

export function closed(path: string): OutgrowError {
  return new OutgrowError('failure', `The store ${path} is closed.`, { place: path, next: 'Open it again.' })
}

export function lostGround(path: string): OutgrowError {
  const message = `The write to ${path} was given up, since an earlier one that it had read from failed.`
  return new OutgrowError('failure', message, { place: path, next: 'Try again.' })
}
