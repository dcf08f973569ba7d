import { Command } from 'commander'
import { renderExport } from '../render/export.ts'
import type { Run } from '../run.ts'
import { explain } from './explain.ts'

export function exportCommand(run: Run): Command {
  const command = new Command('export')
    .description('Write what PostgreSQL holds of a store back into one JSON file, as LowDB lays it out.')
    .argument('<name>', 'the store, as it was named in migrate')
    .requiredOption('--out <file>', 'the file to write')
    .action((name: string, { out }: { out: string }, command: Command) => exportTo(run, command, name, out))
  return explain(command, {
    writes: 'FILE, whole or not at all; one that is there is replaced at the end by a rename.',
    never: 'changes the database, or leaves half a file.',
    examples: ['outgrow export ideas --out db.json'],
    exits: { 0: 'written', 5: 'unknown store, or unreachable target' },
  })
}

function exportTo(run: Run, command: Command, name: string, out: string): Promise<void> {
  return run({
    command,
    needs: 'target',
    work: async ({ context, outgrow }) => {
      const { exportStore } = await import('../../verbs/export.ts')
      const report = await exportStore(context, name, out)
      return { report, text: () => renderExport(report), next: outgrow('verify', name, '--against', out) }
    },
  })
}
