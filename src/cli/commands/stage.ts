import { Command, InvalidArgumentError, Option } from 'commander'
import { OutgrowError } from '../../errors.ts'
import type { ChangeOutcome } from '../../rollout/change/under-way.ts'
import type { Stage } from '../../rollout/postgres/stage.ts'
import { renderChange } from '../render/stage-change.ts'
import { renderStage } from '../render/stage-show.ts'
import type { Outcome, Run } from '../run.ts'
import type { Session } from '../session.ts'
import { explain } from './explain.ts'

const STAGES: readonly Stage[] = ['off', 'dualwrite', 'shadow', 'live', 'rampdown', 'complete']

interface StageFlags {
  by?: string
  why?: string
  dryRun?: boolean
  confirm?: string
  file?: string
  verify?: boolean
  repair?: boolean
  drill?: boolean
  serveNew?: number
  compare?: number
  mirror?: 'sync' | 'async'
  withoutPostgres?: boolean
}

export function stageCommand(run: Run): Command {
  const command = new Command('stage')
    .description('Show the stage of a store that is being moved under live traffic, or change it by one step.')
    .argument('<name>', 'the store, as it was named in migrate')
    .addArgument(new Command().createArgument('[stage]', 'the stage to go to').choices([...STAGES]))
    .option('--by <who>', 'who answers for the change')
    .option('--why <text>', 'why, for the audit log')
    .option('--dry-run', 'print gates and steps, and change nothing')
    .option('--confirm <name>', 'the name of the store, typed, for what cannot be undone (complete)')
    .option('--file <path>', 'the JSON file, where it is not where its last owner had it')
    .option('--verify', 'compare every record of both sides now, while the service runs')
    .option('--repair', 'make the mirror like the authority where they differ; each pair is on the audit log')
    .option('--drill', 'rehearse the way to live and back on a copy of the store')
    .option('--serve-new <percent>', 'shadow: per cent of reads of clean keys that PostgreSQL answers', percent)
    .option('--compare <percent>', 'shadow, live: per cent of reads that are compared', percent)
    .addOption(
      new Option('--mirror <mode>', 'live: the file is written before the caller is answered, or after').choices([
        'sync',
        'async',
      ]),
    )
    .option('--without-postgres', 'live, with PostgreSQL gone: make the file the authority (stage shadow)')
    .action((name: string, stage: Stage | undefined, flags: StageFlags, command: Command) =>
      run({
        command,
        needs: 'target',
        work: (session) => act(session, name, stage, flags),
      }),
    )
  return explain(command, {
    writes: 'the stage row and the audit log; the fence and its triggers on the tables of the store.',
    never: 'skips a stage, goes on with a red gate, or loses a write that was acknowledged.',
    examples: [
      'outgrow stage ideas',
      'outgrow stage ideas dualwrite --by ana --why "start mirroring" --dry-run',
      'outgrow stage ideas live --by ana --why "a week in shadow without a difference"',
      'outgrow stage ideas shadow --by ana --why "errors after the deploy"',
    ],
    exits: {
      0: 'done, or shown',
      3: 'a gate is red, or the sides differ',
      4: 'another change is under way, or writers did not end in time',
      5: 'unknown store, or the owner or the target cannot be reached',
    },
  })
}

function act(session: Session, name: string, stage: Stage | undefined, flags: StageFlags): Promise<Outcome> {
  if (flags.withoutPostgres) return breakGlass(session, name, stage, flags)
  if (stage !== undefined) return change(session, name, stage, flags)
  if (flags.drill) return drill(session, name, flags)
  if (flags.verify) return verify(session, name, flags)
  if (flags.repair) return repair(session, name, flags)
  if (flags.serveNew !== undefined || flags.compare !== undefined || flags.mirror !== undefined)
    return set(session, name, flags)
  return show(session, name, flags)
}

async function show({ context, outgrow }: Session, name: string, flags: StageFlags): Promise<Outcome> {
  const { stageShow } = await import('../../verbs/stage.ts')
  const report = await stageShow(context, name, fileOf(flags))
  const { forward, gates } = report.next
  const red = gates.find(({ ok }) => !ok)
  const step = forward && outgrow('stage', name, forward, '--by', 'WHO', '--why', 'TEXT')
  const next = red === undefined ? (step ?? outgrow('log', name)) : red.fix
  return { report, text: (style) => renderStage(report, style), next }
}

async function change({ context, outgrow }: Session, name: string, to: Stage, flags: StageFlags): Promise<Outcome> {
  const { by, why } = named(flags)
  const { stageChange } = await import('../../verbs/stage.ts')
  const request = {
    to,
    by,
    why,
    dryRun: flags.dryRun === true,
    ...(flags.confirm !== undefined && { confirm: flags.confirm }),
  }
  const report = await stageChange(context, name, request, fileOf(flags))
  const refused = report.outcome === 'refused' || (report.outcome === 'dry-run' && report.gates.some(({ ok }) => !ok))
  return {
    report,
    text: (style) => renderChange(report, name, style),
    next: nextOf(report, outgrow, name),
    exit: refused ? 3 : 0,
  }
}

function nextOf(report: ChangeOutcome, outgrow: Session['outgrow'], name: string): string {
  const red = 'gates' in report ? report.gates.find(({ ok }) => !ok) : undefined
  return red?.fix ?? outgrow('stage', name)
}

async function verify({ context, outgrow }: Session, name: string, flags: StageFlags): Promise<Outcome> {
  const { stageVerify } = await import('../../verbs/stage.ts')
  const report = await stageVerify(context, name, fileOf(flags))
  const same = report.differences === 0 && report.restless === 0
  return {
    report,
    text: (style) =>
      same
        ? `${style.green('Equal:')} ${report.records} records of "${name}" were compared on both sides.`
        : `${style.red('Different:')} ${report.differences} of ${report.records} records; ${report.restless} were never at rest.\n${report.listed.map((one) => `${one.collection} ${one.key}: ${one.kind}`).join('\n')}`,
    next: same ? outgrow('stage', name) : outgrow('stage', name, '--repair', '--by', 'WHO', '--why', 'TEXT'),
    exit: same ? 0 : 3,
  }
}

async function repair({ context, outgrow }: Session, name: string, flags: StageFlags): Promise<Outcome> {
  const { stageRepair } = await import('../../verbs/stage.ts')
  const report = await stageRepair(context, name, named(flags), fileOf(flags))
  return {
    report,
    text: (style) =>
      `${style.green('Repaired:')} ${report.repaired} records of ${report.report.records} were made like the authority's.`,
    next: outgrow('stage', name, '--verify'),
  }
}

async function drill({ context, outgrow }: Session, name: string, flags: StageFlags): Promise<Outcome> {
  const { stageDrill } = await import('../../verbs/stage-drill.ts')
  const report = await stageDrill(context, name, flags.by ?? context.actor, fileOf(flags))
  return {
    report,
    text: (style) =>
      `${style.green('Rehearsed:')} a copy of "${name}" (${report.records} records) went to live and back with ${report.writes} writes; ${report.differences} differences.`,
    next: outgrow('stage', name),
    exit: report.differences === 0 ? 0 : 3,
  }
}

async function set({ context, outgrow }: Session, name: string, flags: StageFlags): Promise<Outcome> {
  const { stageSet } = await import('../../verbs/stage.ts')
  const { serveNew, compare, mirror } = flags
  const settings = {
    ...(serveNew !== undefined && { serveNew }),
    ...(compare !== undefined && { compare }),
    ...(mirror !== undefined && { mirror }),
  }
  await stageSet(context, name, { by: flags.by ?? context.actor, ...settings }, fileOf(flags))
  return { report: settings, text: () => `Set: ${JSON.stringify(settings)}`, next: outgrow('stage', name) }
}

async function breakGlass(
  { context, outgrow }: Session,
  name: string,
  stage: Stage | undefined,
  flags: StageFlags,
): Promise<Outcome> {
  if (stage !== 'shadow' || flags.file === undefined)
    throw new OutgrowError('usage', "--without-postgres takes the stage shadow and the store's file.", {
      next: `outgrow stage ${name} shadow --without-postgres --file PATH --by WHO --why TEXT`,
    })
  const { by, why } = named(flags)
  const { stageWithoutPostgres } = await import('../../verbs/stage-glass.ts')
  const report = await stageWithoutPostgres(context, name, flags.file, { by, why })
  return {
    report,
    text: (style) =>
      `${style.yellow('The glass is broken:')} the file is the authority of "${name}", under epoch ${report.epoch}. PostgreSQL is told as soon as it answers; writes that it has and nobody was told of are listed then.`,
    next: `bring PostgreSQL back, then ${outgrow('stage', name)}`,
  }
}

function named({ by, why }: StageFlags): { by: string; why: string } {
  const missing = [by === undefined && '--by WHO', why === undefined && '--why TEXT'].filter(Boolean)
  if (by === undefined || why === undefined)
    throw new OutgrowError('usage', `A change of stage asks for ${missing.join(' and ')}.`, {
      next: 'Say who answers for it, and why: both go to the audit log.',
    })
  return { by, why }
}

function fileOf({ file }: StageFlags): { file?: string } {
  return file === undefined ? {} : { file }
}

function percent(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 100)
    throw new InvalidArgumentError('a whole number from 0 to 100')
  return value
}
