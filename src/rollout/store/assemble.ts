import { isOutgrowError, OutgrowError } from '../../errors.ts'
import type { Logger } from '../../log.ts'
import type { Plan } from '../../schema/plan.ts'
import type { PgSide } from '../postgres/side.ts'
import { memoryFor } from '../stage/memory.ts'
import type { Present } from '../stage/present.ts'
import type { StageProposal } from './api.ts'
import { Breaker } from './breaker.ts'
import { Calm } from './calm.ts'
import type { OwnedFile } from './owned-file.ts'
import type { Parts } from './parts.ts'
import { push } from './push.ts'
import { Names } from './records.ts'
import { Relay } from './relay.ts'
import type { Timing } from './timing.ts'
import { Touched } from './touched.ts'
import { Traffic } from './traffic.ts'
import { Unclean } from './unclean.ts'
import { WriteGate } from './write-gate.ts'

export interface Ingredients {
  name: string
  plan: Plan
  log: Logger
  timing: Timing
  present: Present
  proposal: StageProposal | undefined
  postgres: PgSide | undefined
  failpoint: (name: string) => void
  /** Looks at the stage row now. */
  lookAgain: () => Promise<void>
}

/** Changes that are compared once more after a change of authority. */
const LAST_CHANGES = 1000

/** Puts a staged store together; the relay runs from now on, once there is a file. */
export function assemble(given: Ingredients): Parts {
  const { present, timing, log } = given
  const { pause, mostPause, poll } = timing
  const gate = new WriteGate(() => timing.hold)
  const parts: Parts = {
    ...given,
    names: new Names(given.plan),
    gate,
    file: undefined,
    breaker: new Breaker({ failures: 3, successes: 3, pause, mostPause }),
    relay: new Relay({ push: () => pushed(parts), poll, log }),
    unclean: new Unclean(() => parts.relay),
    touched: new Touched(LAST_CHANGES),
    traffic: new Traffic(),
    calm: new Calm(Math.max(1000, poll)),
    deadLetters: { mayBeOpen: true },
    changing: false,
    unsettled: false,
    behind: false,
    shutUntilSettled: (why) => {
      parts.unsettled = true
      gate.shut(unsettled(parts.name, why))
    },
    fallBehind: (cause) => fallBehind(parts, cause),
  }
  present.watch((now, before) => {
    if (now.epoch !== before.epoch) parts.relay.ask()
  })
  return parts
}

async function pushed(parts: Parts): Promise<boolean> {
  const more = await push(parts)
  parts.calm.observe(parts.file?.log.size ?? 0)
  if (!more && parts.behind) await catchUp(parts)
  return more
}

/** Sync writes are acknowledged without the file from now on; first that is made known to whoever would rely on it. */
async function fallBehind(parts: Parts, cause: unknown): Promise<void> {
  const { file, log } = parts
  if (file === undefined || parts.behind) return
  log.error({ error: String(cause) }, 'the file cannot be written: writes are in PostgreSQL alone from now on')
  try {
    await noteBehind(parts, file, true)
  } catch (error) {
    if (!isOutgrowError(error)) throw error
    throw new OutgrowError(
      'unavailable',
      'The write is in PostgreSQL, but neither in the file nor on record as missing there.',
      {
        next: 'Retry with the same idempotency key; free space on the disk of the file.',
        cause: error,
      },
    )
  }
}

/** The file has all again. */
async function catchUp(parts: Parts): Promise<void> {
  if (parts.file !== undefined) await noteBehind(parts, parts.file, false)
}

async function noteBehind(parts: Parts, { memory }: OwnedFile, behind: boolean): Promise<void> {
  await memory.change((known) => ({ ...(known ?? memoryFor(parts.name, parts.present.now)), behind }))
  parts.behind = behind
}

function unsettled(store: string, why: string): OutgrowError {
  return new OutgrowError('unavailable', `Store "${store}" takes no writes: ${why}.`, {
    place: store,
    next: 'Retry shortly: it goes on by itself when PostgreSQL answers.',
  })
}
