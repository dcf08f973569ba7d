import { Command } from 'commander'
import { backupCommand } from './commands/backup.ts'
import { doctorCommand } from './commands/doctor.ts'
import { exportCommand } from './commands/export.ts'
import { inspectCommand } from './commands/inspect.ts'
import { logCommand } from './commands/log.ts'
import { migrateCommand } from './commands/migrate.ts'
import { planCommand } from './commands/plan.ts'
import { rollbackCommand } from './commands/rollback.ts'
import { stageCommand } from './commands/stage.ts'
import { verifyCommand } from './commands/verify.ts'
import type { Ending } from './ending.ts'
import { addFlags } from './flags.ts'
import { runner } from './run.ts'
import type { Surroundings } from './surroundings.ts'
import { tool } from './tool.ts'
import { refuseInOneLine } from './usage.ts'

/** In the order in which an operator meets them. */
const COMMANDS = [
  inspectCommand,
  planCommand,
  migrateCommand,
  verifyCommand,
  exportCommand,
  rollbackCommand,
  stageCommand,
  backupCommand,
  logCommand,
  doctorCommand,
]

const FOOT = `
A store is a JSON file that an application uses as its database. NAME is what you call it; its tables are in
the PostgreSQL schema of that name. Results go to stdout, talk and progress to stderr.

The database: --to URL, else OUTGROW_DATABASE_URL, else databaseUrl in outgrow.config.ts or .json, else a
PostgreSQL that outgrow brings along and keeps under .outgrow/postgres. Other variables: OUTGROW_HOME,
OUTGROW_BACKUPS, OUTGROW_PAGES, OUTGROW_ACTOR, NO_COLOR.

Start with:
  $ outgrow inspect db.json

Exit codes:
  0    done
  1    failed
  2    the command line or the configuration is wrong
  3    differences, quarantined records, or refused
  4    another run holds the lock
  5    a precondition failed: bad source, unreachable or unsafe target
  130  interrupted
`

/** The command line as commander knows it. Nothing happens before it is given arguments. */
export function buildProgram(surroundings: Surroundings, ending: Ending): Command {
  const { stdout, stderr } = surroundings
  const program = addFlags(new Command('outgrow'))
    .description(
      'Moves a service from a JSON file to PostgreSQL: every record compared before the commit, and reversible.',
    )
    .version(tool().version, '--version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .addHelpText('after', FOOT)
    .configureOutput({
      writeOut: (text) => void stdout.write(text),
      writeErr: (text) => void stderr.write(text),
    })
  const run = runner(surroundings, ending)
  for (const make of COMMANDS) program.addCommand(make(run))
  inherit(program)
  refuseInOneLine(program)
  return program
}

/** What commander hands down only to commands that were made by it. */
function inherit(command: Command): void {
  command.configureHelp({ showGlobalOptions: true, helpWidth: 100 }).helpOption('-h, --help', 'print help')
  for (const below of command.commands) inherit(below.copyInheritedSettings(command))
}
