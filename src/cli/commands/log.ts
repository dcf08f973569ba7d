import { Command, InvalidArgumentError } from 'commander'
import type { Context } from '../../verbs/context.ts'
import { renderAudit, renderAuditCheck, renderMigrations } from '../render/log.ts'
import type { Outcome, Run } from '../run.ts'
import type { Session } from '../session.ts'
import { explain } from './explain.ts'

interface LogFlags {
  audit?: boolean
  check?: boolean
  limit: number
}

export function logCommand(run: Run): Command {
  const command = new Command('log')
    .description('Show the migration log; with --audit the audit log, with --check whether that was tampered with.')
    .argument('[name]', 'only this store')
    .option('--audit', 'the audit log: every act, its outcome, who')
    .option('--check', 'recompute the hash chain of the whole audit log')
    .option('--limit <n>', 'entries of the audit log to show', wholeNumber, 50)
    .action((name: string | undefined, flags: LogFlags, command: Command) =>
      run({ command, needs: 'target', work: (session) => show(session, name, flags) }),
    )
  return explain(command, {
    writes: 'nothing.',
    never: 'changes or removes an entry; nothing of outgrow does.',
    examples: ['outgrow log', 'outgrow log ideas --audit', 'outgrow log --audit --check'],
    exits: { 0: 'shown, or the chain is whole', 3: 'the chain is broken', 5: 'no store was ever migrated there' },
  })
}

async function show({ context, outgrow }: Session, name: string | undefined, flags: LogFlags): Promise<Outcome> {
  if (flags.check) return check(context)
  const { auditLog, migrationLog } = await import('../../verbs/log.ts')
  const again = outgrow('log', '--audit', '--check')
  if (flags.audit) {
    const entries = await auditLog(context, { limit: flags.limit, ...(name !== undefined && { store: name }) })
    return { report: { entries }, text: () => renderAudit(entries), next: again }
  }
  const migrations = await migrationLog(context, name)
  return { report: { migrations }, text: () => renderMigrations(migrations), next: again }
}

async function check(context: Context): Promise<Outcome> {
  const { auditCheck } = await import('../../verbs/log.ts')
  const report = await auditCheck(context)
  const next = report.ok
    ? 'compare the hashes in the pages of the migration log, which live outside the database.'
    : 'find out who had the rights to change the log; the pages of the migration log tell what it held.'
  return { report, text: (style) => renderAuditCheck(report, style), next, exit: report.ok ? 0 : 3 }
}

function wholeNumber(text: string): number {
  const number = Number(text)
  if (/^\d+$/.test(text) && number > 0 && Number.isSafeInteger(number)) return number
  throw new InvalidArgumentError('It must be a whole number above 0.')
}
