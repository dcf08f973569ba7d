import type { FileIdentity } from '../../jsonstore/snapshot.ts'
import type { Answer } from '../answer.ts'
import type { AnswerLog } from './answer-log.ts'
import type { Disk } from './disk.ts'
import { CHANGED, ReplaceError, replaceFile, type Target } from './replace.ts'

/**
 * Replaces the store's file as `replaceFile` does, the answers of the write being announced in the log before. After a
 * failure the log is told nothing: a rename may report one and have happened, as on a network file system that lost its
 * reply. The file tells, to the next write or to the next opening.
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
  let announced = false
  const replaced = await replaceFile(disk, target, bytes, expected, async (next) => {
    await log.announce(answers, expected, next)
    announced = true
  })
  if (announced) log.settle(replaced === CHANGED ? 'void' : 'kept')
  return replaced
}

/** Keeps the answers of a write that changed nothing, and fails as a replacement does. */
export async function keepAnswers(log: AnswerLog | undefined, answers: readonly Answer[]): Promise<void> {
  try {
    await log?.keep(answers)
  } catch (error) {
    throw new ReplaceError('announce', error)
  }
}
