import type { Stage } from '../postgres/stage.ts'
import type { GateResult } from './gate.ts'
import type { Gate, GateSight } from './gate-sight.ts'
import { EARLY_GATES } from './gates-early.ts'
import { LATE_GATES } from './gates-late.ts'

/** The conditions for a step forward. A step back has none that keeps it: what it needs is done, and proven, on the way. */
const GATES: Readonly<Partial<Record<Stage, readonly Gate[]>>> = {
  dualwrite: EARLY_GATES.dualwrite,
  shadow: EARLY_GATES.shadow,
  live: LATE_GATES.live,
  rampdown: LATE_GATES.rampdown,
  complete: LATE_GATES.complete,
}

/** The whole checklist of a step forward, green and red. */
export async function checkGates(to: Stage, sight: GateSight): Promise<GateResult[]> {
  const results: GateResult[] = []
  for (const gate of GATES[to] ?? []) results.push(await gate(sight))
  return results
}
