import type { Stage } from '../postgres/stage.ts'

export type SideName = 'file' | 'postgres'

/** What a stage means. Everything that depends on the stage is read from here. */
export interface StageRules {
  /** The side whose answer is the truth. */
  authority: SideName
  /** The side that is kept like it; undefined when there is none. */
  mirror: SideName | undefined
  /** PostgreSQL may answer part of the reads although the file is the authority. */
  serveNew: boolean
  /** The file answers reads of clean keys while PostgreSQL is away. */
  fallback: boolean
  /** Reads are compared with the other side, sampled by key. */
  compared: boolean
  /** Stages that may follow: one step forward, one step back. */
  forward: Stage | undefined
  back: Stage | undefined
}

export const STAGE_RULES: Readonly<Record<Stage, StageRules>> = {
  off: rules('file', undefined, { forward: 'dualwrite' }),
  dualwrite: rules('file', 'postgres', { forward: 'shadow', back: 'off' }),
  shadow: rules('file', 'postgres', { forward: 'live', back: 'dualwrite', serveNew: true, compared: true }),
  live: rules('postgres', 'file', { forward: 'rampdown', back: 'shadow', fallback: true, compared: true }),
  rampdown: rules('postgres', 'file', { forward: 'complete', back: 'live' }),
  complete: rules('postgres', undefined, {}),
}

function rules(authority: SideName, mirror: SideName | undefined, more: Partial<StageRules>): StageRules {
  return {
    serveNew: false,
    fallback: false,
    compared: false,
    forward: undefined,
    back: undefined,
    authority,
    mirror,
    ...more,
  }
}
