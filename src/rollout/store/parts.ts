import type { Logger } from '../../log.ts'
import type { Plan } from '../../schema/plan.ts'
import type { PgSide } from '../postgres/side.ts'
import type { Present } from '../stage/present.ts'
import type { StageProposal } from './api.ts'
import type { Breaker } from './breaker.ts'
import type { Calm } from './calm.ts'
import type { OwnedFile } from './owned-file.ts'
import type { Names } from './records.ts'
import type { Relay } from './relay.ts'
import type { Timing } from './timing.ts'
import type { Touched } from './touched.ts'
import type { Traffic } from './traffic.ts'
import type { Unclean } from './unclean.ts'
import type { WriteGate } from './write-gate.ts'

/** What a staged store is made of, in one process. */
export interface Parts {
  name: string
  plan: Plan
  names: Names
  log: Logger
  timing: Timing
  present: Present
  proposal: StageProposal | undefined
  gate: WriteGate
  /** Undefined in a process that does not own the file. */
  file: OwnedFile | undefined
  /** Undefined when the store knows no database. */
  postgres: PgSide | undefined
  /** Around all that waits for PostgreSQL while the file could answer. */
  breaker: Breaker
  relay: Relay
  unclean: Unclean
  touched: Touched
  calm: Calm
  traffic: Traffic
  /** Whether some may be open, so that the relay need not ask with every push. */
  deadLetters: { mayBeOpen: boolean }
  /** The stage is being changed by this process, which alone adopts what comes of it. */
  changing: boolean
  /** Whether a change was made is not known: PostgreSQL is asked until it says so. */
  unsettled: boolean
  /** It is on record beside the file that the file lacks acknowledged writes. */
  behind: boolean
  /** Takes no write until PostgreSQL has said which stage is in force. */
  shutUntilSettled(why: string): void
  /** Named places of writes, pushes and changes, where fault tests interrupt; does nothing otherwise. */
  failpoint(name: string): void
  /** Reads the stage row and takes it over, as after a refusal by the fence. */
  lookAgain(): Promise<void>
  /** Puts on record beside the file that it lacks acknowledged writes; throws `unavailable` when that cannot be done. */
  fallBehind(cause: unknown): Promise<void>
}
