import type { Stage } from '../../src/rollout/postgres/stage.ts'

/** One way to keep the ideas, behind the same endpoints. */
export type Contender = { name: string; what: string } & (
  | { kind: 'lowdb' | 'durable' | 'postgres' }
  | { kind: 'staged'; stage: Stage }
)

const staged = (stage: Stage, what: string): Contender => ({ name: stage, what, kind: 'staged', stage })

/** In the order of a move. The plain ones are what the stages are measured against. */
export const CONTENDERS: readonly Contender[] = [
  { name: 'lowdb', what: 'plain LowDB, nothing fsynced', kind: 'lowdb' },
  { name: 'durable', what: 'plain LowDB, its file written durably: fsync, rename, fsync', kind: 'durable' },
  staged('off', 'staged store: the file alone'),
  staged('dualwrite', 'the file, PostgreSQL mirrors it'),
  staged('shadow', 'the same, and reads are compared'),
  staged('live', 'PostgreSQL, the file mirrors it before the answer'),
  staged('complete', 'PostgreSQL alone, through the staged store'),
  { name: 'postgres', what: 'plain PostgreSQL: the service by Kysely and pg', kind: 'postgres' },
]

/** Stages whose figures follow from the others' at the greatest size, where it takes long to come to them. */
export const NOT_AT_GREATEST: readonly string[] = ['off', 'shadow']
