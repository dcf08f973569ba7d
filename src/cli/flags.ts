import type { Command } from 'commander'

/** The flags that every command has. */
export interface Flags {
  to?: string
  json?: boolean
  quiet?: boolean
  /** False with --no-color. */
  color?: boolean
}

/** Adds them to the program, where commander finds them before and behind the command's name. */
export function addFlags(program: Command): Command {
  return program
    .option('--to <url>', 'PostgreSQL to work on; else OUTGROW_DATABASE_URL, the config file, an embedded server')
    .option('--json', 'print one JSON document on stdout')
    .option('--quiet', 'no talk and no progress on stderr')
    .option('--no-color', 'no colours; the variable NO_COLOR does the same')
}
