import type { Stage, StageRow } from '../postgres/stage.ts'
import type { Comparer } from '../store/compare.ts'
import type { Parts } from '../store/parts.ts'
import type { GateResult } from './gate.ts'
import type { Thresholds } from './thresholds.ts'

/** What an operator asks for. */
export interface ChangeRequest {
  to: Stage
  by: string
  why: string
  dryRun?: boolean
  /** The store's name, typed: what cannot be undone asks for it. */
  confirm?: string
}

/** What a store brings to a change of its stage. */
export interface ChangeScene {
  parts: Parts
  comparer: Comparer
  thresholds: Thresholds
  /** A copy of a store that goes through all stages at once: no gate is asked. */
  isRehearsal?: boolean
}

/** A change that is being made, step by step. */
export interface UnderWay extends ChangeScene {
  request: ChangeRequest
  from: Stage
  gates: GateResult[]
  /** Lets the held writes go on. */
  release: (() => void) | undefined
  heldAt: number | undefined
  /** From now on only PostgreSQL can tell whether the change was made. */
  swapping: boolean
  /** The stage row after the swap. */
  row: StageRow | undefined
  /** For the audit entry. */
  figures: Record<string, unknown>
}

export type ChangeOutcome =
  | { outcome: 'changed'; from: Stage; to: Stage; epoch: number; gates: GateResult[]; figures: Record<string, unknown> }
  | { outcome: 'refused'; from: Stage; to: Stage; gates: GateResult[] }
  | { outcome: 'dry-run'; from: Stage; to: Stage; gates: GateResult[]; steps: { id: string; title: string }[] }
  | { outcome: 'unchanged'; stage: Stage; epoch: number }
