import type { Stage } from '../postgres/stage.ts'
import { STAGE_RULES } from '../stage/rules.ts'
import { STEPS, type Step } from './steps.ts'

const { arrange, archive, drain, drainFirst, forget, hold, intend, recheck, release, remember, swap, sweep, verify } =
  STEPS

const plain: readonly Step[] = [hold, intend, swap, remember, release]
const carried: readonly Step[] = [sweep, drainFirst, hold, drain, verify, intend, swap, remember, recheck, release]

/** What is done for each change, in order. A change that is not named here is not allowed: no skip, and no way out of complete. */
export const TRANSITIONS: Readonly<Record<string, readonly Step[]>> = {
  'off → dualwrite': plain,
  'dualwrite → off': [hold, intend, swap, remember, forget, release],
  'dualwrite → shadow': plain,
  'shadow → dualwrite': plain,
  'shadow → live': carried,
  'live → shadow': [sweep, drainFirst, hold, drain, verify, arrange, intend, swap, remember, recheck, release],
  'live → rampdown': plain,
  'rampdown → live': plain,
  'rampdown → complete': [sweep, drainFirst, hold, drain, verify, arrange, archive, intend, swap, remember, release],
}

/** The steps from one stage to another; undefined when that is not one step forward or back. */
export function stepsOf(from: Stage, to: Stage): readonly Step[] | undefined {
  return TRANSITIONS[`${from} → ${to}`]
}

/** Where one can go from a stage, for messages. */
export function nextStages(from: Stage): Stage[] {
  const { forward, back } = STAGE_RULES[from]
  return [forward, back].filter((stage) => stage !== undefined)
}
