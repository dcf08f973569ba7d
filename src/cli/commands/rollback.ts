import { Command } from 'commander'
import { renderRollback } from '../render/rollback.ts'
import type { Run } from '../run.ts'
import { explain } from './explain.ts'

interface RollbackFlags {
  run?: string
  owner?: string
}

export function rollbackCommand(run: Run): Command {
  const command = new Command('rollback')
    .description('Undo the last run of a store: schema and data in PostgreSQL are again as before it.')
    .argument('<name>', 'the store, as it was named in migrate')
    .option('--run <id>', 'undo all runs back to this one')
    .option('--owner <who>', 'who answers for it; else the account that starts it')
    .action((name: string, flags: RollbackFlags, command: Command) => rollbackStore(run, command, name, flags))
  return explain(command, {
    writes: 'the tables of the store; before that, a backup of what they hold now, with its JSON document.',
    never: 'changes the JSON file of the store, or drops what it has not backed up first.',
    examples: ['outgrow rollback ideas', 'outgrow log ideas'],
    exits: { 0: 'undone', 4: 'another run holds the lock', 5: 'nothing to undo, unknown store, damaged backup' },
  })
}

function rollbackStore(run: Run, command: Command, name: string, flags: RollbackFlags): Promise<void> {
  return run({
    command,
    needs: 'target',
    work: async ({ context, outgrow }) => {
      const { rollback } = await import('../../verbs/rollback.ts')
      const report = await rollback(context, name, {
        owner: flags.owner ?? context.actor,
        ...(flags.run !== undefined && { run: flags.run }),
      })
      return { report, text: (style) => renderRollback(report, style), next: outgrow('log', name) }
    },
  })
}
