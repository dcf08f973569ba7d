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
  const sight = await lookAround(scene, { to: forward ?? parts.present.stage, by: '', why: '' })
  const gates: GateResult[] = forward === undefined ? [] : await checkGates(forward, sight)
  return {
    status: await statusOf(parts),
    settings: {
      serveNew: parts.present.now.serveNew,
      compare: parts.present.now.compare,
      mirror: parts.present.now.mirror,
    },
    next: { forward, back, gates },
    traffic: sight.traffic,
    differences: parts.traffic.differences().slice(-10),
    deadLetters: sight.deadLetters,
    evidence: await latestEvidence(postgresOf(parts).pool, parts.name),
  }
}

export type StageDescription = Awaited<ReturnType<typeof describeStage>>
