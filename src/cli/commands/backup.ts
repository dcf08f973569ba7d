import { Command } from 'commander'
import { renderBackups, renderCreated, renderRestored, renderVerifications } from '../render/backup.ts'
import type { Run } from '../run.ts'
import type { Session } from '../session.ts'
import { explain } from './explain.ts'

const NAME = 'the store, as it was named in migrate'

export function backupCommand(run: Run): Command {
  return new Command('backup')
    .description('Make, list, check and restore backups; each can also be restored without outgrow, with psql alone.')
    .addCommand(createCommand(run))
    .addCommand(listCommand(run))
    .addCommand(verifyCommand(run))
    .addCommand(restoreCommand(run))
}

function createCommand(run: Run): Command {
  const command = new Command('create')
    .description('Back up what PostgreSQL holds of a store: its tables, and the JSON document that they make.')
    .argument('<name>', NAME)
    .option('--note <text>', 'why, for whoever reads the manifest')
    .action((name: string, { note }: { note?: string }, command: Command) => {
      const work = async ({ context, outgrow }: Session) => {
        const { backupCreate } = await import('../../verbs/backup.ts')
        const report = await backupCreate(context, name, note === undefined ? {} : { note })
        const next = outgrow('backup', 'verify', name, '--backup', report.manifest.name, '--restore-test')
        return { report, text: () => renderCreated(report), next }
      }
      return run({ command, needs: 'target', work })
    })
  return explain(command, {
    writes: 'a folder below .outgrow/backups (OUTGROW_BACKUPS), whole or not at all, and an audit entry.',
    never: 'changes the tables.',
    examples: ['outgrow backup create ideas --note "before the release"'],
    exits: { 0: 'written', 4: 'another run holds the lock', 5: 'unknown store, or unreachable target' },
  })
}

function listCommand(run: Run): Command {
  const command = new Command('list')
    .description('List the backups of a store, oldest first.')
    .argument('<name>', NAME)
    .action((name: string, _: unknown, command: Command) => {
      const work = async ({ context, outgrow }: Session) => {
        const { backupList } = await import('../../verbs/backup.ts')
        const backups = await backupList(context, name)
        const next = outgrow('backup', backups.length > 0 ? 'verify' : 'create', name)
        return { report: { backups }, text: () => renderBackups(backups, context.backups), next }
      }
      return run({ command, needs: 'nothing', work })
    })
  return explain(command, {
    writes: 'nothing.',
    never: 'needs a database.',
    examples: ['outgrow backup list ideas'],
    exits: { 0: 'listed' },
  })
}

interface VerifyFlags {
  backup?: string
  restoreTest?: boolean
}

function verifyCommand(run: Run): Command {
  const command = new Command('verify')
    .description('Read backups back, every byte, and compare with their hashes and with each other.')
    .argument('<name>', NAME)
    .option('--backup <id>', 'only this one')
    .option('--restore-test', 'also restore each into a scratch schema, compare, and roll back')
    .action((name: string, flags: VerifyFlags, command: Command) => {
      const work = async ({ context, outgrow }: Session) => {
        const { backupVerify } = await import('../../verbs/backup.ts')
        const backups = await backupVerify(context, name, flags)
        const wrong = backups.some((one) => one.problems.length > 0 || one.restoreTest?.equal === false)
        const next = wrong ? `make a new one: ${outgrow('backup', 'create', name)}` : outgrow('backup', 'list', name)
        return { report: { backups }, text: () => renderVerifications(backups), next, exit: wrong ? 3 : 0 }
      }
      return run({ command, needs: flags.restoreTest ? 'target' : 'nothing', work })
    })
  return explain(command, {
    writes: 'nothing that stays.',
    never: 'repairs or removes a backup; needs a database only with --restore-test.',
    examples: ['outgrow backup verify ideas', 'outgrow backup verify ideas --restore-test'],
    exits: { 0: 'all whole', 3: 'a backup is damaged or does not restore', 5: 'there is no such backup' },
  })
}

interface RestoreFlags {
  backup: string
  file?: string
  tables?: boolean
}

function restoreCommand(run: Run): Command {
  const command = new Command('restore')
    .description('Restore the JSON document of a backup to a file, its tables in place of the present ones, or both.')
    .argument('<name>', NAME)
    .requiredOption('--backup <id>', 'which one; see backup list')
    .option('--file <path>', 'write the JSON document there')
    .option('--tables', 'replace the tables that the store has now; they are backed up first')
    .action((name: string, flags: RestoreFlags, command: Command) => {
      const work = async ({ context, outgrow }: Session) => {
        const { backupRestore } = await import('../../verbs/backup.ts')
        const report = await backupRestore(context, name, flags)
        const against = flags.file ?? 'STORE'
        return { report, text: () => renderRestored(report), next: outgrow('verify', name, '--against', against) }
      }
      return run({ command, needs: flags.tables ? 'target' : 'nothing', work })
    })
  return explain(command, {
    writes: 'FILE, and the tables, as told; each whole or not at all.',
    never: 'restores a backup that does not read back as it was written.',
    examples: ['outgrow backup restore ideas --backup ID --file db.json'],
    exits: { 0: 'restored', 4: 'another run holds the lock', 5: 'no such backup, or a damaged one' },
  })
}
