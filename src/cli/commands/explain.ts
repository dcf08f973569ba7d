import type { Command } from 'commander'

/** What the help of a command teaches beside its flags. */
export interface Explanation {
  /** What it creates or changes. */
  writes: string
  /** What it does not do, whatever happens. */
  never: string
  /** Command lines. */
  examples: readonly string[]
  /** Exit codes that need a word here; 1, 2 and 130 mean the same everywhere. */
  exits: Readonly<Record<number, string>>
}

const EVERYWHERE = { 1: 'failed', 2: 'wrong usage', 130: 'interrupted' }

/** Adds the explanation below the flags in the command's help. */
export function explain(command: Command, { writes, never, examples, exits }: Explanation): Command {
  const codes = Object.entries({ ...EVERYWHERE, ...exits }).map(([code, what]) => `  ${code.padEnd(3)}  ${what}`)
  const shown = examples.map((line) => `  $ ${line}`).join('\n')
  return command.addHelpText(
    'after',
    `\nWrites:  ${writes}\nNever:   ${never}\n\nExample:\n${shown}\n\nExit codes:\n${codes.join('\n')}\n`,
  )
}
