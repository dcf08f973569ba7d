import { CLIENT, put, type State } from './state.ts'

/** The writes that a client may send now: first, or once more under the same idempotency key, while it has no answer. */
export function sendable(state: State): number[] {
  return [1, 2].filter((write) => state.clients[write - 1] !== CLIENT.acknowledged)
}

/** A client sends its write. What the other client knew to be done before is remembered: this one must come after it. */
export function sent(state: State, write: number): State {
  const { clients, first } = state
  if (clients[write - 1] !== CLIENT.fresh) return state
  const other = write === 1 ? 2 : 1
  const isAfter = first === 0 && clients[other - 1] === CLIENT.acknowledged
  return { ...state, clients: put(clients, write - 1, CLIENT.pending), first: isAfter ? other : first }
}

export function acknowledged(state: State, write: number): State {
  return { ...state, clients: put(state.clients, write - 1, CLIENT.acknowledged) }
}
