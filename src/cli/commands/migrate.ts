import { Command } from 'commander'
import type { MigrateReport } from '../../journal/report.ts'
import type { ErrorReport } from '../render/error.ts'
import { renderMigrate } from '../render/migrate.ts'
import type { Outcome, Run } from '../run.ts'
import type { Session } from '../session.ts'
import { type DuplicateKeys, duplicateKeysOption } from './duplicate-keys.ts'
import { explain } from './explain.ts'

interface MigrateFlags {
  name: string
  plan?: string
  owner?: string
  dryRun?: boolean
  quarantine?: boolean
  duplicateKeys: DuplicateKeys
}

export function migrateCommand(run: Run): Command {
  const command = new Command('migrate')
    .description('Move a store into PostgreSQL: backup, load, compare every record, and only then commit.')
    .argument('<store>', 'the JSON file')
    .requiredOption('--name <name>', 'what to call the store; its schema is the name in snake_case')
    .option('--plan <file>', 'a plan that somebody approved; else one is inferred')
    .option('--owner <who>', 'who answers for this run; else the account that starts it')
    .option('--dry-run', 'do all of it, the comparison included, and roll it back')
    .option('--quarantine', 'set records aside that the plan cannot take, instead of refusing the run')
    .addOption(duplicateKeysOption())
    .action((store: string, flags: MigrateFlags, command: Command) =>
      run({
        command,
        needs: 'target',
        refusal: (error) => refused(flags.name, error),
        work: (session) => migrateStore(session, store, flags),
      }),
    )
  return explain(command, {
    writes: 'the tables of the store, backups before and after, the audit and migration logs and their pages.',
    never: 'changes the store, commits a record that does not read back equal, or drops tables that it did not make.',
    examples: ['outgrow migrate db.json --name ideas --dry-run', 'outgrow migrate db.json --name ideas --owner ana'],
    exits: {
      0: 'committed or unchanged',
      3: 'differences, refused, or quarantined records',
      4: 'another run holds the lock',
      5: 'bad source or plan, unreachable or unsafe target',
    },
  })
}

async function migrateStore(session: Session, store: string, flags: MigrateFlags): Promise<Outcome> {
  const { context, outgrow } = session
  const { migrate } = await import('../../verbs/migrate.ts')
  const report = await migrate(context, {
    file: store,
    name: flags.name,
    planFile: flags.plan,
    owner: flags.owner ?? context.actor,
    dryRun: flags.dryRun === true,
    quarantine: flags.quarantine === true,
    duplicateKeys: flags.duplicateKeys,
  })
  const plan = flags.plan === undefined ? [] : ['--plan', flags.plan]
  const next =
    report.status === 'dry-run'
      ? outgrow('migrate', store, '--name', flags.name, ...plan)
      : outgrow('verify', flags.name, '--against', store)
  const quarantined = report.collections.some((collection) => collection.quarantined > 0)
  return { report, text: (style) => renderMigrate(report, style), next, exit: quarantined ? 3 : 0 }
}

/** A refused run in the shape of every other, so that a script reads one document whatever happened. */
function refused(store: string, error: ErrorReport): MigrateReport & { error: ErrorReport } {
  return {
    run: null,
    store,
    status: 'refused',
    collections: [],
    verification: { records: 0, mismatches: 0 },
    backup: { before: null, after: null },
    seconds: { read: 0, infer: 0, backup: 0, load: 0, verify: 0, total: 0 },
    error,
  }
}
