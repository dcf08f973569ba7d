import { Command } from 'commander'
import { renderDoctor } from '../render/doctor.ts'
import type { Run } from '../run.ts'
import { explain } from './explain.ts'

export function doctorCommand(run: Run): Command {
  const command = new Command('doctor')
    .description('Check everything that a run needs of the server and the disk; each check has an id and its fix.')
    .action((_: unknown, command: Command) => examine(run, command))
  return explain(command, {
    writes: 'nothing.',
    never: 'changes a setting, or needs tables of outgrow to be there.',
    examples: ['outgrow doctor --to postgres://app@db.example.com/app'],
    exits: { 0: 'fit', 5: 'a run would be refused, or the server cannot be reached' },
  })
}

function examine(run: Run, command: Command): Promise<void> {
  return run({
    command,
    needs: 'target',
    work: async ({ context, outgrow }) => {
      const { doctor } = await import('../../verbs/doctor.ts')
      const report = await doctor(context)
      const wrong = report.checks.find((check) => !check.ok && check.severity === 'error')
      const next = wrong ? `${wrong.fix} Then ${outgrow('doctor')}` : outgrow('inspect', 'STORE')
      return { report, text: (style) => renderDoctor(report, style), next, exit: wrong ? 5 : 0 }
    },
  })
}
