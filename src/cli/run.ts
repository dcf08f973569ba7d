import type { Command } from 'commander'
import { wantsColour } from './colour.ts'
import type { Ending } from './ending.ts'
import type { Flags } from './flags.ts'
import { progressOn } from './progress.ts'
import { type Style, styleOf } from './render/style.ts'
import { type Needs, type Session, withSession } from './session.ts'
import type { Surroundings } from './surroundings.ts'

/** What a command has to say when it is done. */
export interface Outcome {
  /** The document that --json prints. */
  report: object
  /** The same for a person. */
  text: (style: Style) => string
  /** What to do next: a command line or a sentence. */
  next: string
  /** 0 unless the outcome itself says no. */
  exit?: number
}

export interface Invocation {
  command: Command
  needs: Needs
  /** What --json prints when the command fails; by default the error alone. */
  refusal?: Ending['refusal']
  work: (session: Session) => Promise<Outcome>
}

export type Run = (invocation: Invocation) => Promise<void>

/** How every command runs: session, verb, and the outcome on stdout. What fails is thrown on to main.ts. */
export function runner(surroundings: Surroundings, ending: Ending): Run {
  return async ({ command, needs, refusal, work }) => {
    const flags = command.optsWithGlobals<Flags>()
    const { stdout, stderr, env } = surroundings
    if (refusal) ending.refusal = refusal
    const progress = progressOn(stderr, { quiet: flags.quiet === true })
    const outcome = await withSession(surroundings, flags, needs, progress, work)
    ending.code = outcome.exit ?? 0
    if (flags.json) return void stdout.write(`${JSON.stringify(outcome.report, null, 2)}\n`)
    stdout.write(`${outcome.text(styleOf(wantsColour(stdout, env, flags)))}\n`)
    if (!flags.quiet) stdout.write(`\nNext: ${outcome.next}\n`)
  }
}
