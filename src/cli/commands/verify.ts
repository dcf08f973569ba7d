import { Command } from 'commander'
import { renderVerify } from '../render/verify.ts'
import type { Run } from '../run.ts'
import { type DuplicateKeys, duplicateKeysOption } from './duplicate-keys.ts'
import { explain } from './explain.ts'

interface VerifyFlags {
  against: string
  duplicateKeys: DuplicateKeys
}

export function verifyCommand(run: Run): Command {
  const command = new Command('verify')
    .description('Compare every record in PostgreSQL with a store, by value and in both directions.')
    .argument('<name>', 'the store, as it was named in migrate')
    .requiredOption('--against <store>', 'the JSON file')
    .addOption(duplicateKeysOption())
    .action((name: string, flags: VerifyFlags, command: Command) => verifyStore(run, command, name, flags))
  return explain(command, {
    writes: 'nothing.',
    never: 'settles a difference, or compares by count alone.',
    examples: ['outgrow verify ideas --against db.json', 'outgrow verify ideas --against db.json --json'],
    exits: { 0: 'equal', 3: 'they differ', 5: 'unknown store, damaged file, or unreachable target' },
  })
}

function verifyStore(run: Run, command: Command, name: string, { against, duplicateKeys }: VerifyFlags): Promise<void> {
  return run({
    command,
    needs: 'target',
    work: async ({ context, outgrow }) => {
      const { verify } = await import('../../verbs/verify.ts')
      const report = await verify(context, name, against, { duplicateKeys })
      const next = report.equal
        ? outgrow('log', name)
        : `find out which side is right; to load the file again: ${outgrow('migrate', against, '--name', name)}`
      return { report, text: (style) => renderVerify(report, against, style), next, exit: report.equal ? 0 : 3 }
    },
  })
}
