import { spawn } from 'node:child_process'
import { open, readFile, rename, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { platform } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { OutgrowError } from '../errors.ts'
import type { Binaries } from './embedded-binaries.ts'
import type { Home } from './embedded-home.ts'
import { errnoIs } from './errno.ts'

/** What a running server writes into postmaster.pid; `ready` once it accepts connections. */
export interface Postmaster {
  pid: number
  port: number
  ready: boolean
}

/** The server that postmaster.pid speaks of, or undefined when there is no such file (or not yet all of it). */
export async function readPostmaster(data: string): Promise<Postmaster | undefined> {
  const lines = (await readIfThere(join(data, 'postmaster.pid')))?.split('\n')
  const pid = Number(lines?.[0])
  if (lines === undefined || !Number.isInteger(pid) || pid <= 0) return undefined
  return { pid, port: Number(lines[3] ?? 0), ready: lines[7]?.trim() === 'ready' }
}

/**
 * Starts the server in a process group of its own, so that neither Ctrl-C nor the end of this process stops it, and
 * returns when it has said `ready` in postmaster.pid, or has ended. It listens on 127.0.0.1 only. Losing the start to
 * another process is not an error: PostgreSQL itself admits only one server per data directory.
 */
export async function launch(
  binaries: Binaries,
  home: Home,
  port: number,
  settings: Record<string, string>,
  deadline: number,
): Promise<'ready' | 'ended'> {
  const data = join(home.path, 'data')
  const log = await open(join(home.path, 'server.log'), 'a', 0o600)
  const args = ['-D', data, '-p', String(port), ...Object.entries(settings).flatMap(([k, v]) => ['-c', `${k}=${v}`])]
  try {
    const child = spawn(binaries.postgres, args, {
      ...home.account,
      cwd: data,
      env: childEnv(),
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    })
    let ended = false
    const failed = new Promise<never>((_, reject) => child.once('error', reject))
    child.once('exit', () => {
      ended = true
    })
    child.unref()
    const ready = until(deadline, async () => {
      const found = await readPostmaster(data)
      return ended ? 'ended' : found?.ready && found.pid === child.pid ? 'ready' : undefined
    })
    return await Promise.race([ready, failed])
  } finally {
    await log.close()
  }
}

/** Fast shutdown: open transactions are rolled back, a checkpoint is written, and the file postmaster.pid goes last. */
export async function shutDown(data: string, deadline: number): Promise<void> {
  const running = await readPostmaster(data)
  if (running === undefined) return
  try {
    process.kill(running.pid, 'SIGINT')
  } catch (error) {
    if (!errnoIs(error, 'ESRCH')) throw error
  }
  await untilGone(data, running.pid, deadline)
}

/** Waits until postmaster.pid no longer speaks of this server. */
export async function untilGone(data: string, pid: number, deadline: number): Promise<void> {
  await until(deadline, async () => ((await readPostmaster(data))?.pid === pid ? undefined : true))
}

/**
 * After kill -9 or a power cut, postmaster.pid names a process that is no PostgreSQL any more, perhaps another program
 * under the same number. PostgreSQL sees through the first case but not always through the second, so such a file is
 * put aside here. Its shared memory check still guards the data against a second server.
 */
export async function dropStale(data: string, pid: number): Promise<boolean> {
  if (await isServer(data, pid)) return false
  const file = join(data, 'postmaster.pid')
  const aside = `${file}.stale.${process.pid}`
  try {
    await rename(file, aside)
  } catch (error) {
    if (errnoIs(error, 'ENOENT')) return true
    throw error
  }
  await rm(aside)
  return true
}

/**
 * The command line tells our server (see `launch`) from any other program, also from another PostgreSQL; a zombie has
 * none. Where there is no /proc, a living process counts as our server.
 */
async function isServer(data: string, pid: number): Promise<boolean> {
  if (platform() === 'linux') return ((await readIfThere(`/proc/${pid}/cmdline`)) ?? '').split('\0').includes(data)
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errnoIs(error, 'EPERM')
  }
}

/** A port of 127.0.0.1 that nobody listens on at this moment. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new OutgrowError('failure', 'no free port on 127.0.0.1')
  return address.port
}

/** PostgreSQL gets no environment of ours: PG* variables and locales would change what it does. */
export function childEnv(): { PATH: string; LC_ALL: string } | undefined {
  return platform() === 'win32' ? undefined : { PATH: '/usr/local/bin:/usr/bin:/bin', LC_ALL: 'C' }
}

/** Asks every 10 ms until there is an answer; postmaster.pid has no other way to tell. */
export async function until<T>(deadline: number, ask: () => Promise<T | undefined>): Promise<T> {
  for (;;) {
    const answer = await ask()
    if (answer !== undefined) return answer
    if (Date.now() > deadline) {
      throw new OutgrowError('target-unreachable', 'the embedded PostgreSQL did not answer in time', {
        next: 'Look into server.log beside its data, then run again.',
      })
    }
    await delay(10)
  }
}

async function readIfThere(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (errnoIs(error, 'ENOENT', 'ESRCH')) return undefined
    throw error
  }
}
