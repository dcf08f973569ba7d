import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { makeWorkFolder } from '../../src/cli/work-folder.ts'
import { silent } from '../../src/log.ts'
import { type Connection, connect } from '../../src/postgres/connect.ts'
import type { Context } from '../../src/verbs/context.ts'
import type { MigrateRequest } from '../../src/verbs/migrate-request.ts'
import type { Order } from './run-verb.ts'
import { dropDatabase, freshDatabase } from './server.ts'

/** One database, one folder and one store file: the stage of a test. */
export interface Scene {
  url: string
  /** Folder that holds all the files. */
  root: string
  /** Path of the store. */
  file: string
  /** As the command line would make it. */
  context(more?: Partial<Context>): Context
  /** Runs a verb as the command line does in its process: in a work folder of its own, after those of the dead are removed. */
  act<T>(verb: (context: Context) => Promise<T>, more?: Partial<Context>): Promise<T>
  /** `migrate` of the store. */
  request(more?: Partial<MigrateRequest>): MigrateRequest
  /** Rows of a query, asked as superuser. */
  rows<R extends object>(sql: string, values?: unknown[]): Promise<R[]>
  /** Replaces the store's content. */
  put(document: unknown): Promise<void>
  close(): Promise<void>
}

/** Makes a scene on the server; its store is called `shop`. */
export async function openScene(server: string, document: unknown): Promise<Scene> {
  const [url, root] = [await freshDatabase(server), await mkdtemp(join(tmpdir(), 'outgrow-faults-'))]
  await chmod(root, 0o755)
  const file = join(root, 'db.json')
  let own: Connection | undefined
  const rows = async <R extends object>(sql: string, values?: unknown[]): Promise<R[]> => {
    if (own?.lost) own = undefined
    own ??= await connect(url, { application: 'fault test' })
    return (await own.query<R>(sql, values)).rows
  }
  const put = (content: unknown): Promise<void> => writeFile(file, JSON.stringify(content, null, 2))
  await put(document)
  const context = (more?: Partial<Context>): Context => ({
    ...places,
    actor: 'tester',
    tool: 'outgrow test',
    log: silent,
    progress: () => {},
    failpoint: () => {},
    ...more,
  })
  const places = { url, backups: join(root, 'backups'), work: join(root, 'work'), pages: join(root, 'pages') }
  return {
    url,
    root,
    file,
    context,
    act: async (verb, more) => {
      const work = await makeWorkFolder(places.work)
      try {
        return await verb(context({ work: work.path, ...more }))
      } finally {
        await work.remove()
      }
    },
    request: (more) => ({
      file,
      name: 'shop',
      owner: 'ops',
      dryRun: false,
      quarantine: false,
      duplicateKeys: 'refuse',
      ...more,
    }),
    rows,
    put,
    close: async () => {
      await own?.end()
      await dropDatabase(server, url)
      await rm(root, { recursive: true, force: true })
    },
  }
}

const RUN_VERB = fileURLToPath(new URL('run-verb.ts', import.meta.url))

/** How a process ended: by a signal, or with a status and what it said. */
export interface Ended {
  signal: NodeJS.Signals | null
  exit: number | null
  report?: Record<string, unknown>
  error?: { code: string; message: string; place?: string; next?: string }
  /** What it wrote to stderr: only a crash writes there. */
  stderr: string
}

export interface Running {
  child: ChildProcess
  /** Resolves when the verb begins, i.e. the modules are loaded. */
  started: Promise<unknown>
  /** Resolves when it comes to its failpoint. */
  reached: Promise<unknown>
  ended: Promise<Ended>
}

type OrderOf<V> = V extends Order ? Omit<V, 'place'> : never

/** Carries a verb out in a process of its own. */
export function start(scene: Scene, order: OrderOf<Order>, more: Partial<Context> = {}): Running {
  const { log: _log, progress: _progress, failpoint: _failpoint, ...place } = scene.context(more)
  const args = ['--import', 'tsx', RUN_VERB, JSON.stringify({ ...order, place })]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  let stderr = ''
  const reader = createInterface(child.stdout)
  const started = once(reader, 'line')
  const reached = new Promise<void>((resolve) => {
    reader.on('line', (line) => {
      lines.push(line)
      if (line.startsWith('reached ')) resolve()
    })
  })
  child.stderr.on('data', (bytes: Buffer) => {
    stderr += bytes.toString()
  })
  const ended = once(child, 'close').then(([exit, signal]): Ended => {
    const said = lines.find((line) => line.startsWith('{'))
    return { exit, signal, stderr, ...(said === undefined ? {} : JSON.parse(said)) }
  })
  return { child, started, reached, ended }
}

export function run(scene: Scene, order: OrderOf<Order>, more: Partial<Context> = {}): Promise<Ended> {
  return start(scene, order, more).ended
}
