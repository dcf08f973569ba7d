import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readConfig } from '../config/read-config.ts'
import type { Config } from '../config/shape.ts'
import type { Logger } from '../log.ts'
import type { Context } from '../verbs/context.ts'
import { failpointNamed } from './failpoints.ts'
import type { Flags } from './flags.ts'
import { nextCommand } from './next-command.ts'
import { openTarget } from './open-target.ts'
import type { Progress } from './progress.ts'
import type { Surroundings } from './surroundings.ts'
import { talkOn } from './talk.ts'
import { tool } from './tool.ts'
import { makeWorkFolder, type WorkFolder } from './work-folder.ts'

/** What a command works with. */
export interface Session {
  context: Context
  /** A command line to suggest, for the same database as this one. */
  outgrow: (...words: string[]) => string
}

/** `target`: a PostgreSQL server; `nothing`: files only, and neither a server nor a folder of our own is made. */
export type Needs = 'target' | 'nothing'

/**
 * Runs `work` with everything that a verb needs, and takes all of it away afterwards, also when `work` fails: the embedded
 * server is stopped and temporary files are removed. Once interrupted, the next step of a verb throws.
 */
export async function withSession<T>(
  surroundings: Surroundings,
  flags: Flags,
  needs: Needs,
  progress: Progress,
  work: (session: Session) => Promise<T>,
): Promise<T> {
  const { env, cwd, interrupted, closers } = surroundings
  const config = await readConfig({ databaseUrl: flags.to }, env, cwd)
  const killAt = failpointNamed(config.failpoint)
  const log = talkOn(progress.screen, { quiet: flags.quiet === true, debug: env.OUTGROW_DEBUG === '1' })
  const resources = await openResources(config, needs, cwd, log, closers)
  const context: Context = {
    ...placesOf(config, resources),
    log,
    progress: (event) => {
      interrupted.throwIfAborted()
      progress.show(event)
    },
    failpoint: (reached) => {
      killAt(reached)
      interrupted.throwIfAborted()
    },
  }
  try {
    interrupted.throwIfAborted()
    return await work({ context, outgrow: (...words) => nextCommand(words, flags.to) })
  } finally {
    progress.end()
    // What the verb did or failed with is the outcome; a server that does not stop is worth a word beside it.
    await resources.close().catch((error: unknown) => log.warn({ error: String(error) }, 'could not clear up'))
  }
}

function placesOf({ backups, pages, actor }: Config, { url, work }: Resources) {
  const { name, version } = tool()
  return { url, backups, work, pages, actor, tool: `${name} ${version}` }
}

interface Resources {
  url: string
  work: string
  close(): Promise<void>
}

async function openResources(
  config: Config,
  needs: Needs,
  cwd: string,
  log: Logger,
  closers: Surroundings['closers'],
): Promise<Resources> {
  const folder = needs === 'target' ? await makeWorkFolder(join(config.home, 'work')) : await temporaryFolder()
  closers.add(folder.remove)
  const server = needs === 'target' ? await openTarget(config, cwd, log).catch(giveUp(folder)) : undefined
  if (server) closers.add(server.close)
  const close = async (): Promise<void> => {
    await server?.close()
    await folder.remove()
    closers.delete(folder.remove)
    if (server) closers.delete(server.close)
  }
  return { url: server?.url ?? '', work: folder.path, close }
}

function giveUp(folder: WorkFolder): (error: unknown) => Promise<never> {
  return async (error) => {
    await folder.remove()
    throw error
  }
}

async function temporaryFolder(): Promise<WorkFolder> {
  const path = await mkdtemp(join(tmpdir(), 'outgrow-'))
  return { path, remove: () => rm(path, { recursive: true, force: true }) }
}
