import { type Protocol, RIGHT } from './protocol.ts'
import type { AnyLaw } from './search.ts'
import { type State, startWithOneWrite } from './state.ts'

/** A protocol with one thing wrong, and a law that it breaks. */
export interface Mistake {
  name: string
  protocol: Protocol
  breaks: AnyLaw
  /** A smaller world is enough where all of it must be searched. */
  starts?: State[]
}

const wrong = (name: string, change: Partial<Protocol>, breaks: AnyLaw, more: Partial<Mistake> = {}): Mistake => ({
  name,
  protocol: { ...RIGHT, ...change },
  breaks,
  ...more,
})

/** The controls: each of these must be found, else the search proves nothing. */
export const MISTAKES: readonly Mistake[] = [
  wrong('marked dirty only after the write', { mark: 'after' }, 'equal'),
  wrong('marked dirty only after the write, then a change of stage', { mark: 'after' }, 'kept'),
  wrong('a mark that the relay sees before the write is done', { mark: 'shown' }, 'equal'),
  wrong('a push clears whatever mark its key has by now', { clear: 'all' }, 'equal'),
  wrong('no fence', { fence: 'none' }, 'one authority'),
  wrong('the fence reads the epoch without a lock', { fence: 'plain' }, 'one authority'),
  wrong('the fence reads the epoch without a lock, as clients see it', { fence: 'plain' }, 'kept'),
  wrong('the fence reads the epoch without a lock, and the client tries again', { fence: 'plain' }, 'once'),
  wrong('no intent beside the file', { intent: 'none' }, 'kept'),
  wrong('an owner asks for the stage without waiting for its lost change', { settle: 'plain' }, 'kept'),
  wrong('an owner that never asks whether its change happened', { settle: 'never' }, 'never stuck', {
    starts: [startWithOneWrite()],
  }),
  wrong('answers are forgotten when the authority changes', { answers: 'forgotten' }, 'once'),
  wrong('an answer is noted after the file is written', { answers: 'noted-late' }, 'once'),
  wrong('an answer counts as soon as it is noted', { answers: 'noted-early' }, 'kept'),
  wrong('the way back drains before writers are locked out', { drain: 'before' }, 'kept'),
]
