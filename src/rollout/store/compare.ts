import { setTimeout as delay } from 'node:timers/promises'
import { isOutgrowError } from '../../errors.ts'
import { sameJson } from '../same-json.ts'
import type { Json } from '../side.ts'
import { fileOf, postgresOf } from './authority.ts'
import type { Parts } from './parts.ts'
import { isRested, type Question } from './reads.ts'
import { inShare } from './share.ts'

/** Comparisons under way at once; those beyond are skipped, and counted as such. */
const AT_ONCE = 8
/** Times that a difference is looked at again, and the pause before each in milliseconds. */
const LOOKS = 20
const PAUSE = 25

/**
 * Asks both sides the same question and looks whether they agree, after the caller has its answer. A difference counts only
 * when it stands at a moment in which the mirror has all that the question is about and the authority says the same before and
 * after: a mirror that is merely behind is none.
 */
export class Comparer {
  readonly #parts: Parts
  #underWay = new Set<Promise<void>>()

  constructor(parts: Parts) {
    this.#parts = parts
  }

  /** Compares in the background, if the question is in the sample. */
  consider(question: Question<unknown>): void {
    const { present, traffic, postgres, file } = this.#parts
    if (postgres === undefined || file === undefined || !inShare(question.sample, present.now.compare)) return
    if (this.#underWay.size >= AT_ONCE) {
      traffic.skipped()
      return
    }
    const work = this.#compare(question).finally(() => this.#underWay.delete(work))
    this.#underWay.add(work)
  }

  /** Waits for the comparisons under way. */
  async settle(): Promise<void> {
    await Promise.all(this.#underWay)
  }

  async #compare(question: Question<unknown>): Promise<void> {
    const { traffic, log, present } = this.#parts
    const { epoch } = present
    try {
      const outcome = await this.#outcome(question)
      if (present.epoch !== epoch || outcome === 'restless') traffic.skipped()
      else if (outcome === 'same') traffic.compared()
      else {
        traffic.compared({ collection: question.collection, what: question.sample })
        log.error({ question: question.sample }, 'file and PostgreSQL differ')
      }
    } catch (error) {
      traffic.skipped()
      if (!isOutgrowError(error)) log.warn({ error: String(error) }, 'a comparison failed')
    }
  }

  async #outcome(question: Question<unknown>): Promise<'same' | 'different' | 'restless'> {
    for (let look = 0; look < LOOKS; look++) {
      const { touched } = this.#parts
      const rested = isRested(this.#parts, question)
      const version = touched.version(question.collection, question.key)
      const [first, second, again] = await this.#ask(question)
      if (sameJson(first, second)) return 'same'
      const still = rested && isRested(this.#parts, question) && sameJson(first, again)
      // A write there and back in between would look as if nothing had been written.
      if (still && version === touched.version(question.collection, question.key)) return 'different'
      await delay(PAUSE)
    }
    return 'restless'
  }

  /** The authority, the other side, and the authority once more. */
  async #ask(question: Question<unknown>): Promise<[Json, Json, Json]> {
    const file = this.#timed('file', () => question.ask(fileOf(this.#parts).side))
    const postgres = this.#timed('postgres', () => this.#parts.breaker.run(() => question.ask(postgresOf(this.#parts))))
    const isFile = this.#parts.present.rules.authority === 'file'
    const [authority, mirror] = isFile ? [file, postgres] : [postgres, file]
    return [await authority(), await mirror(), await authority()] as [Json, Json, Json]
  }

  #timed(side: 'file' | 'postgres', ask: () => Promise<unknown>): () => Promise<unknown> {
    return async () => {
      const started = performance.now()
      try {
        const answer = await ask()
        this.#parts.traffic.answered(side, performance.now() - started)
        return answer
      } catch (error) {
        this.#parts.traffic.failed(side)
        throw error
      }
    }
  }
}
