import { Command } from 'commander'
import { renderInspect } from '../render/inspect.ts'
import { renderSalvage } from '../render/salvage.ts'
import type { Run } from '../run.ts'
import { type DuplicateKeys, duplicateKeysOption } from './duplicate-keys.ts'
import { explain } from './explain.ts'

interface InspectFlags {
  duplicateKeys: DuplicateKeys
  salvage?: string
}

export function inspectCommand(run: Run): Command {
  const command = new Command('inspect')
    .description('Read every record of a store and tell what is in it: collections, types, keys, references, oddities.')
    .argument('<store>', 'the JSON file')
    .addOption(duplicateKeysOption())
    .option('--salvage <out>', 'write what can be read of a damaged file to a new one, and list what is lost')
    .action((store: string, flags: InspectFlags, command: Command) =>
      flags.salvage === undefined
        ? inspectStore(run, command, store, flags)
        : salvage(run, command, store, flags.salvage),
    )
  return explain(command, {
    writes: 'nothing; with --salvage the new file OUT.',
    never: 'changes the store, or needs a database. --salvage never migrates what it rescued.',
    examples: ['outgrow inspect db.json', 'outgrow inspect broken.json --salvage rescued.json'],
    exits: { 0: 'read', 3: 'something was lost (--salvage)', 5: 'the file is damaged or no store' },
  })
}

function inspectStore(run: Run, command: Command, store: string, { duplicateKeys }: InspectFlags): Promise<void> {
  return run({
    command,
    needs: 'nothing',
    work: async ({ context, outgrow }) => {
      const { inspect } = await import('../../verbs/inspect.ts')
      const report = await inspect(store, {
        duplicateKeys,
        work: context.work,
        progress: (done, total) => context.progress({ phase: 'infer', done, total }),
      })
      return { report, text: (style) => renderInspect(report, style), next: `${outgrow('plan', store)} --name NAME` }
    },
  })
}

function salvage(run: Run, command: Command, store: string, out: string): Promise<void> {
  return run({
    command,
    needs: 'nothing',
    work: async ({ outgrow }) => {
      const { salvageStore } = await import('../../verbs/salvage.ts')
      const report = await salvageStore(store, out)
      const next = `compare the two files by eye, then ${outgrow('inspect', out)}`
      return { report, text: (style) => renderSalvage(report, style), next, exit: report.lost.length > 0 ? 3 : 0 }
    },
  })
}
