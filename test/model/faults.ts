import { leftOfChange } from './change.ts'
import { leftOfFileWrite } from './file-write.ts'
import { leftOfPush } from './push.ts'
import { OWNER } from './state.ts'
import type { Rule } from './step.ts'

/**
 * The owner dies, between any two steps. Its own transaction in PostgreSQL ends with it: one that commits later than its
 * process lives is what the other process's stands for, since nothing tells the two apart.
 */
export const crash: Rule = (state, protocol, emit) => {
  if (state.owner === OWNER.down) return
  for (const pushed of leftOfPush(leftOfFileWrite(state, protocol)))
    for (const left of leftOfChange(pushed)) emit('the owner is killed', { ...left, owner: OWNER.down })
}

/** With an intent beside the file the stage is not known; without one it is what the local file says. */
export const restart: Rule = (state, _protocol, emit) => {
  if (state.owner !== OWNER.down) return
  emit('the owner starts', { ...state, owner: state.intent === 0 ? OWNER.serving : OWNER.settling })
}

export const comeAndGo: Rule = (state, _protocol, emit) => {
  if (state.reachable) emit('PostgreSQL is away', { ...state, reachable: 0 })
  else emit('PostgreSQL is back', { ...state, reachable: 1 })
}
