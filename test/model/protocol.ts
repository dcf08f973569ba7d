/**
 * The protocol of a staged rollout in small, as choices: RIGHT is what the design asks for, every other value is a mistake
 * that the search must find. A model that finds no mistake proves nothing about the absence of one.
 */
export interface Protocol {
  /** When a key is marked dirty in the file's log; `shown`: before the write, but the relay sees it at once. */
  mark: 'before' | 'after' | 'shown'
  /** What the relay clears after a push: the marks that it read, or whatever mark the key has by now. */
  clear: 'read' | 'all'
  /** How a writer's transaction learns the epoch: FOR SHARE until its end, by a plain select, or not at all. */
  fence: 'share' | 'plain' | 'none'
  /** Whether a change of stage is noted beside the file before it is tried. */
  intent: 'noted' | 'none'
  /** How an owner that does not know whether its change happened reads the row. */
  settle: 'locking' | 'plain' | 'never'
  /** Answers by idempotency key: carried over with the authority or not; noted with the file's write or after it. */
  answers: 'carried' | 'forgotten' | 'noted-late' | 'noted-early'
  /** On the way back, the file takes the last changes while writers are locked out, or before. */
  drain: 'locked' | 'before'
}

export const RIGHT: Protocol = {
  mark: 'before',
  clear: 'read',
  fence: 'share',
  intent: 'noted',
  settle: 'locking',
  answers: 'carried',
  drain: 'locked',
}
