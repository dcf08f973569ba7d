import { openDeadLetters } from '../postgres/dead-letter.ts'
import type { Stage } from '../postgres/stage.ts'
import { latestEvidence } from '../stage/evidence.ts'
import { STAGE_RULES } from '../stage/rules.ts'
import { postgresOf } from '../store/authority.ts'
import { statusOf } from '../store/status-of.ts'
import type { GateResult } from './gate.ts'
import { lookAround } from './gate-sight.ts'
import { checkGates } from './gates.ts'
import type { ChangeScene } from './under-way.ts'

/** A store's stage as an operator wants to see it: where it is, what it did, and what keeps it from the next step. */
export async function describeStage(scene: ChangeScene) {
  const { parts } = scene
  const { forward, back } = STAGE_RULES[parts.present.stage]
  const gates = forward === undefined ? [] : await gatesTo(scene, forward)
  const { pool } = postgresOf(parts)
  return {
    status: await statusOf(parts),
    settings: {
      serveNew: parts.present.now.serveNew,
      compare: parts.present.now.compare,
      mirror: parts.present.now.mirror,
    },
    next: { forward, back, gates },
    traffic: parts.traffic.figures(),
    differences: parts.traffic.differences().slice(-10),
    deadLetters: await openDeadLetters(pool, parts.name),
    evidence: await latestEvidence(pool, parts.name),
  }
}

/** Where there is no next stage nobody may own the file any more, and there is nothing to look at. */
async function gatesTo(scene: ChangeScene, to: Stage): Promise<GateResult[]> {
  return checkGates(to, await lookAround(scene, { to, by: '', why: '' }))
}

export type StageDescription = Awaited<ReturnType<typeof describeStage>>
