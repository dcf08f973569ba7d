import type { FileIdentity } from '../../jsonstore/snapshot.ts'
import type { Answer } from '../answer.ts'
import type { AnswerLog } from './answer-log.ts'
import { type Disk, sameIdentity } from './disk.ts'
import { CHANGED, ReplaceError, replaceFile, type Target } from './replace.ts'

/**
 * Replaces the store's file as `replaceFile` does, with the answers of the write announced in the log before, and what
 * became of it told to the log after. When it is not known, after a folder's sync that failed, the log is told nothing.
 */
export async function replaceAnnounced(
  disk: Disk,
  target: Target,
  bytes: Uint8Array,
  expected: FileIdentity,
  log: AnswerLog | undefined,
  answers: readonly Answer[],
): Promise<FileIdentity | typeof CHANGED> {
  if (log === undefined) return replaceFile(disk, target, bytes, expected)
  try {
    const replaced = await replaceFile(disk, target, bytes, expected, (next) => log.announce(answers, expected, next))
    log.settle(replaced === CHANGED ? 'void' : 'kept')
    return replaced
  } catch (error) {
    if (await isUndone(disk, target, expected, error)) log.settle('void')
    throw error
  }
}

/** Keeps the answers of a write that changed nothing, and fails as a replacement does. */
export async function keepAnswers(log: AnswerLog | undefined, answers: readonly Answer[]): Promise<void> {
  try {
    await log?.keep(answers)
  } catch (error) {
    throw new ReplaceError('announce', error)
  }
}

/** A rename may report a failure and have happened: a network file system that lost its reply. The path tells. */
async function isUndone(disk: Disk, { path }: Target, expected: FileIdentity, error: unknown): Promise<boolean> {
  if (!(error instanceof ReplaceError) || error.step === 'sync folder') return false
  if (error.step !== 'rename') return true
  const found = await disk.identify(path).catch(() => undefined)
  return sameIdentity(found, expected)
}
