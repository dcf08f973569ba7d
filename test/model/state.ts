/**
 * One moment of a store with two keys, two clients' writes and two processes, abstracted until it is finite. Epochs 1 and 3
 * are `shadow` (the file is the authority), 2 is `live` (PostgreSQL is). Write 1 is to key 0, write 2 to the same or to
 * the other; a record's version is the number of the write that made it, 0 what it was before (an absence, say).
 */
export type Pair = readonly [number, number]

/** A process between its steps. `settling`: it does not know the stage and takes no write; `settled`: the local file says it. */
export const OWNER = { down: 0, settling: 1, settled: 2, serving: 3 } as const

/** A change of stage by the owner. `locked`: writers are shut out by its transaction; `sent`: its COMMIT is under way. */
export const CHANGE = { none: 0, held: 1, intended: 2, locked: 3, sent: 4, done: 5, local: 6 } as const

/** A write in a process. To the file: taken, marked, written. To PostgreSQL: taken, open (its locks are held), committed. */
export const WRITE = { none: 0, taken: 1, marked: 2, written: 3, open: 4, committed: 5 } as const

/** A push: its mark is read, the record is read, its transaction holds locks, the mirror has it. */
export const PUSH = { none: 0, marked: 1, read: 2, open: 3, pushed: 4 } as const

/** A client's write: never sent, sent at least once without an answer so far, acknowledged. */
export const CLIENT = { fresh: 0, pending: 1, acknowledged: 2 } as const

export interface State {
  /** Both writes are to key 0. */
  shared: number
  // PostgreSQL.
  reachable: number
  epoch: number
  rows: Pair
  /** Keys with marks, as bits; answers by idempotency key, as bits of write 1 and 2. */
  rowMarks: number
  rowAnswers: number
  /** A change whose owner died or gave up, and which may yet commit; the same of a push, as 1 + 3 key + version. */
  lostChange: number
  lostPush: number
  // The owner's disk.
  local: number
  /** The epoch that a change is about to bring; 0 without one. */
  intent: number
  file: Pair
  fileMarks: number
  fileAnswers: number
  // The owner's memory.
  owner: number
  change: number
  write: number
  writePhase: number
  pushKey: number
  pushPhase: number
  pushVersion: number
  /** The key that is being pushed was marked again since its marks were read: what a sequence number tells. */
  newer: number
  // Another process, which writes to PostgreSQL only and may be late in everything.
  otherBelievesLive: number
  other: number
  otherPhase: number
  // What the clients know, and what only the model knows.
  clients: Pair
  /** Which write was acknowledged before the other was first sent; 0 when neither was. */
  first: number
  applied: Pair
  /** A write was accepted by a side, or under an epoch, that the row did not name. */
  misplaced: number
}

export function startOf(shared: 0 | 1): State {
  return {
    shared,
    reachable: 1,
    epoch: 1,
    rows: [0, 0],
    rowMarks: 0,
    rowAnswers: 0,
    lostChange: 0,
    lostPush: 0,
    local: 1,
    intent: 0,
    file: [0, 0],
    fileMarks: 0,
    fileAnswers: 0,
    owner: OWNER.serving,
    change: CHANGE.none,
    write: 0,
    writePhase: WRITE.none,
    pushKey: 0,
    pushPhase: PUSH.none,
    pushVersion: 0,
    newer: 0,
    otherBelievesLive: 0,
    other: 0,
    otherPhase: WRITE.none,
    clients: [CLIENT.fresh, CLIENT.fresh],
    first: 0,
    applied: [0, 0],
    misplaced: 0,
  }
}

/** Write 2 is done already, to a key of its own, and PostgreSQL has it: a smaller world. */
export function startWithOneWrite(): State {
  const done = { clients: [CLIENT.fresh, CLIENT.acknowledged], fileAnswers: 2, applied: [0, 1] } as const
  return { ...startOf(0), ...done, file: [0, 2], rows: [0, 2] }
}

/** The key of a write. */
export function keyOf(state: State, write: number): 0 | 1 {
  return write === 1 || state.shared === 1 ? 0 : 1
}

export function put(pair: Pair, at: number, value: number): Pair {
  return at === 0 ? [value, pair[1]] : [pair[0], value]
}

/** The side that is the authority in an epoch. */
export function isLive(epoch: number): boolean {
  return epoch === 2
}

/** A state is two 32-bit words, each field in bits of its own: equal states have equal words, and only they. */
export function lowWordOf(s: State): number {
  return (
    s.epoch |
    (s.local << 2) |
    (s.intent << 4) |
    (s.reachable << 6) |
    (s.owner << 7) |
    (s.change << 9) |
    (s.lostChange << 12) |
    (s.file[0] << 13) |
    (s.file[1] << 15) |
    (s.rows[0] << 17) |
    (s.rows[1] << 19) |
    (s.fileMarks << 21) |
    (s.rowMarks << 23) |
    (s.newer << 25) |
    (s.pushKey << 26) |
    (s.pushPhase << 27) |
    (s.pushVersion << 30)
  )
}

export function highWordOf(s: State): number {
  return (
    s.lostPush |
    (s.write << 3) |
    (s.writePhase << 5) |
    (s.other << 8) |
    (s.otherPhase << 10) |
    (s.otherBelievesLive << 13) |
    (s.clients[0] << 14) |
    (s.clients[1] << 16) |
    (s.first << 18) |
    (s.applied[0] << 20) |
    (s.applied[1] << 22) |
    (s.fileAnswers << 24) |
    (s.rowAnswers << 26) |
    (s.shared << 28) |
    (s.misplaced << 29)
  )
}
