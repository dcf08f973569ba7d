import { OutgrowError } from '../../errors.ts'
import { type Answer, answerAgain } from '../answer.ts'
import type { WriteAct } from '../side.ts'
import type { Numbered } from './log-frame.ts'

/** What became of a write: its file came into place, or did not, or nobody can tell any more. */
export type Outcome = 'kept' | 'void' | 'doubtful'

/** An answer as the log holds it. Doubtful: whether its write took effect is not known, and a retry is told so. */
export interface LoggedAnswer extends Answer {
  doubtful?: true
}

/** The states of the store's file before and after a write, by what tells them apart. */
export interface Replacement {
  before: string
  after: string
}

/** One entry of the answer log. */
export interface AnswerEntry extends Numbered {
  /** What became of the write that the entry of this number announced. */
  settled?: { outcome: Outcome; of: number }
  /** The answers count if this replacement of the file takes place; without it they count at once. */
  replacement?: Replacement
  answers?: LoggedAnswer[]
}

/** What the answer log says, in memory: the answers that count, oldest first, and the announced write not settled in the log. */
export class AnswerBook {
  readonly #keep: number
  readonly #answers = new Map<string, LoggedAnswer>()
  #bytes = 0
  #announced: { entry: AnswerEntry; outcome: Outcome | undefined } | undefined

  /** `keep`: for how many milliseconds an answer counts. */
  constructor(keep: number) {
    this.#keep = keep
  }

  /** Bytes of the answers, about as the log holds them. */
  get bytes(): number {
    return this.#bytes
  }

  /** The write that the log has not settled yet, and what is known of it in this process. */
  get announced(): { entry: AnswerEntry; outcome: Outcome | undefined } | undefined {
    return this.#announced
  }

  find(key: string, now: number): LoggedAnswer | undefined {
    const found = this.#answers.get(key)
    return found !== undefined && this.#isCurrent(found, now) ? found : undefined
  }

  *all(now: number): Iterable<LoggedAnswer> {
    for (const answer of this.#answers.values()) if (this.#isCurrent(answer, now)) yield answer
  }

  /** Takes in the next entry of the log. */
  replay(entry: AnswerEntry): void {
    const { settled, replacement, answers = [] } = entry
    if (settled !== undefined && settled.of === this.#announced?.entry.seq) {
      this.settle(settled.outcome)
      this.#announced = undefined
    }
    if (replacement === undefined) {
      for (const answer of answers) this.#add(answer)
      return
    }
    // A former one that is still open: damage took what the log said of it.
    this.settle('doubtful')
    this.#announced = { entry, outcome: undefined }
  }

  /** Says what became of the announced write; the log has yet to be told. */
  settle(outcome: Outcome): void {
    if (this.#announced === undefined || this.#announced.outcome !== undefined) return
    this.#announced.outcome = outcome
    const answers = this.#announced.entry.answers ?? []
    if (outcome === 'kept') for (const answer of answers) this.#add(answer)
    if (outcome === 'doubtful') for (const answer of answers) this.#add({ ...answer, doubtful: true })
  }

  /** The same by the file that is there, unless it is known already. */
  settleBy(current: string): void {
    const replacement = this.#announced?.entry.replacement
    if (current === replacement?.after) this.settle('kept')
    else this.settle(current === replacement?.before ? 'void' : 'doubtful')
  }

  /** Drops the answers whose time is over, and the oldest beyond so many bytes. */
  forget(now: number, most: number): void {
    for (const answer of this.#answers.values()) {
      if (this.#isCurrent(answer, now) && this.#bytes <= most) break
      this.#drop(answer)
    }
  }

  /** Puts the answers in the order of their times again, after some came in from elsewhere. */
  sort(): void {
    const sorted = [...this.#answers.values()].sort((a, b) => a.at - b.at)
    this.#answers.clear()
    for (const answer of sorted) this.#answers.set(answer.key, answer)
  }

  #isCurrent({ at }: Answer, now: number): boolean {
    return now - at < this.#keep
  }

  #add(answer: LoggedAnswer): void {
    const former = this.#answers.get(answer.key)
    if (former !== undefined) this.#drop(former)
    this.#answers.set(answer.key, answer)
    this.#bytes += sizeOf(answer)
  }

  #drop(answer: LoggedAnswer): void {
    this.#answers.delete(answer.key)
    this.#bytes -= sizeOf(answer)
  }
}

/**
 * What a retry gets. Throws `conflict` when the key came with another request, and `refused` when nobody can tell whether
 * the first one took effect.
 */
export function tellAgain(act: WriteAct, seen: LoggedAnswer): unknown {
  const answer = answerAgain(act, seen)
  if (!seen.doubtful) return answer
  const message = `Whether the write under the idempotency key "${seen.key}" took effect is not known, since somebody else replaced the store's file when it was under way.`
  throw new OutgrowError('refused', message, {
    place: seen.key,
    next: 'Look at what the store holds, then send what is missing under a new key.',
  })
}

function sizeOf({ key, requestHash, response }: LoggedAnswer): number {
  return key.length + requestHash.length + (response?.length ?? 0) + 60
}
