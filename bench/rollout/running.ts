import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { silent } from '../../src/log.ts'
import { connect } from '../../src/postgres/connect.ts'
import { ensureStage } from '../../src/rollout/postgres/stage.ts'
import type { Context } from '../../src/verbs/context.ts'
import { migrate } from '../../src/verbs/migrate.ts'
import type { Server } from '../server.ts'
import type { Contender } from './contenders.ts'
import type { Setting } from './service.ts'

const SERVICE = fileURLToPath(new URL('service.ts', import.meta.url))
const PLAN = fileURLToPath(new URL('../../services/idea-bank/plan.json', import.meta.url))
export const NAME = 'idea-bank'

/** A service that listens, in the stage that was asked for, and what an operator's command needs. */
export interface Running {
  url: string
  context: Context
  file: string
}

/** Moves a new store of so many ideas, starts a service on it, and ends both when the work is done. */
export async function withService(
  server: Server,
  contender: Contender,
  records: number,
  work: (running: Running) => Promise<void>,
): Promise<void> {
  const folder = await mkdtemp(join(server.dir, 'rollout-'))
  const file = join(folder, 'ideas.json')
  await writeFile(file, JSON.stringify(ideas(records), null, 2))
  await server.withDatabase(async (database) => {
    const context = contextOf(database, folder)
    if (contender.kind === 'staged' || contender.kind === 'postgres') await moveIn(context, file, contender)
    const setting: Setting = { contender, file, database, plan: PLAN }
    const child = spawn(
      process.execPath,
      ['--import', import.meta.resolve('tsx'), '--conditions=outgrow-source', SERVICE, JSON.stringify(setting)],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    )
    const ended = once(child, 'close')
    try {
      await work({ url: await address(child), context, file })
    } finally {
      child.kill('SIGTERM')
      await ended
    }
  })
  await rm(folder, { recursive: true })
}

async function moveIn(context: Context, file: string, { kind }: Contender): Promise<void> {
  const request = {
    file,
    name: NAME,
    owner: 'bench',
    planFile: PLAN,
    dryRun: false,
    quarantine: false,
    duplicateKeys: 'refuse',
  } as const
  await migrate(context, request)
  if (kind === 'postgres') return
  const connection = await connect(context.url)
  await ensureStage(connection, { name: NAME, by: 'bench', why: 'bench' }).finally(() => connection.end())
}

async function address({ stdout }: ChildProcess): Promise<string> {
  if (stdout === null) throw new Error('the service has no output')
  for await (const line of createInterface(stdout)) return line
  throw new Error('the service ended before it listened')
}

function contextOf(url: string, folder: string): Context {
  return {
    url,
    backups: join(folder, 'backups'),
    work: join(folder, 'work'),
    pages: join(folder, 'pages'),
    actor: 'bench',
    tool: 'outgrow bench',
    log: silent,
    progress: () => {},
    failpoint: () => {},
  }
}

const WORDS = ['glossário', 'cotações', 'painel', 'alerta', 'recolha', 'risco', 'arquivo', 'limite']

/** The same on every machine: about 330 bytes each. */
function ideas(records: number): object {
  const word = (at: number): string => WORDS[at % WORDS.length] as string
  const one = (_: unknown, at: number): object => ({
    id: String(at + 1),
    title: `${word(at)} ${word(at * 3 + 1)} ${at}`,
    description: `Uma ideia sobre ${word(at + 2)} e ${word(at + 5)}, a número ${at}, com texto que chegue para duas linhas.`,
    category: ['dashboard', 'coleta-dados', 'gestao-riscos'][at % 3],
    priority: ['low', 'medium', 'high'][at % 3],
    status: ['new', 'review', 'completed'][at % 3],
    tags: [word(at), word(at + 1)],
    createdAt: new Date(Date.UTC(2024, 0, 1) + at * 60_000).toISOString(),
    updatedAt: null,
  })
  return { ideas: Array.from({ length: records }, one), lastId: String(records) }
}
