import { Command, Option } from 'commander'
import type { Emitter } from '../../verbs/plan.ts'
import { renderPlan } from '../render/plan.ts'
import type { Run } from '../run.ts'
import { type DuplicateKeys, duplicateKeysOption } from './duplicate-keys.ts'
import { explain } from './explain.ts'

interface PlanFlags {
  name: string
  out: string
  emit?: Emitter
  duplicateKeys: DuplicateKeys
}

export function planCommand(run: Run): Command {
  const command = new Command('plan')
    .description('Infer the tables of a store from every record, as a plan to read, edit and approve, with its SQL.')
    .argument('<store>', 'the JSON file')
    .requiredOption('--name <name>', 'what to call the store')
    .option('--out <dir>', 'folder for the files', '.')
    .addOption(new Option('--emit <orm>', 'also write a schema for an ORM').choices(['prisma', 'drizzle', 'kysely']))
    .addOption(duplicateKeysOption())
    .action((store: string, flags: PlanFlags, command: Command) => planStore(run, command, store, flags))
  return explain(command, {
    writes: 'NAME.plan.json, its JSON schema, NNN_expand_NAME.sql and NNN_contract_NAME.sql in DIR.',
    never: 'changes the store, needs a database, or overwrites a migration file that is there already.',
    examples: ['outgrow plan db.json --name ideas --out migrations', 'outgrow plan db.json --name ideas --emit prisma'],
    exits: { 0: 'written', 5: 'the file is damaged or no store' },
  })
}

function planStore(run: Run, command: Command, store: string, flags: PlanFlags): Promise<void> {
  const { name, out, emit, duplicateKeys } = flags
  return run({
    command,
    needs: 'nothing',
    work: async ({ context, outgrow }) => {
      const { plan } = await import('../../verbs/plan.ts')
      const report = await plan(store, { name, out, emit, duplicateKeys, work: context.work })
      const [planFile = 'the plan'] = report.files
      const next = `read ${planFile}, then ${outgrow('migrate', store, '--name', name, '--plan', planFile)}`
      return { report, text: (style) => renderPlan(report, style), next }
    },
  })
}
