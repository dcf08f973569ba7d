import type { Protocol } from './protocol.ts'
import type { State } from './state.ts'

/** Takes one possible next step: its name for a trace, and the state that it leads to. */
export type Emit = (name: string, next: State) => void

/** All steps of one part of the world that are possible in a state. A step is atomic, and anything may come between two. */
export type Rule = (state: State, protocol: Protocol, emit: Emit) => void
