import { OutgrowError, type WriteOptions } from 'outgrow/store'

/** Keys kept at most; the oldest go first. */
const MOST = 10_000

/** First answers by idempotency key, in memory. Twins at the same time share one act; a failed act may be tried again. */
export class Remembered {
  readonly #answers = new Map<string, { request: string | undefined; answer: Promise<unknown> }>()

  once<T>(options: WriteOptions | undefined, act: () => Promise<T>): Promise<T> {
    const key = options?.idempotencyKey
    if (key === undefined) return act()
    const seen = this.#answers.get(key)
    if (seen === undefined) return this.#first(key, options?.request, act)
    if (seen.request !== options?.request) throw otherRequest(key)
    return seen.answer as Promise<T>
  }

  #first<T>(key: string, request: string | undefined, act: () => Promise<T>): Promise<T> {
    // What is answered later is what was answered first, whatever became of the record since.
    const answer = act().then((value) => structuredClone(value))
    this.#answers.set(key, { request, answer })
    answer.catch(() => this.#answers.delete(key))
    const [oldest] = this.#answers.keys()
    if (this.#answers.size > MOST && oldest !== undefined) this.#answers.delete(oldest)
    return answer
  }
}

/** In the words of the other two stores. */
export function otherRequest(key: string): OutgrowError {
  return new OutgrowError('conflict', `The idempotency key "${key}" was used for another request.`, {
    place: key,
    next: 'Give each request a key of its own.',
  })
}
