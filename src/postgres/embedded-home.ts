import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmod, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { OutgrowError } from '../errors.ts'
import { errnoIs } from './errno.ts'

const run = promisify(execFile)

/** The account that PostgreSQL runs under; undefined for our own. */
export interface Account {
  uid: number
  gid: number
}

export interface Home {
  /** Holds data/, password and server.log; is made by the first start. */
  path: string
  account: Account | undefined
}

/** Where a root process may put what the user `postgres` has to reach, best first. */
const SHARED_PLACES = ['/var/lib/outgrow', join(tmpdir(), 'outgrow')]

/**
 * Where the embedded server of `dir` lives and as whom it runs: in `dir` itself as the current user. PostgreSQL refuses
 * to run as root, so a root process uses the system user `postgres` (created when absent); when that user cannot
 * reach `dir` (below /root, say), the server lives in /var/lib/outgrow, or the temporary folder, and the file
 * `dir/location` says where. The choice is made once: a second call reads it.
 */
export async function findHome(dir: string): Promise<Home> {
  await mkdir(dir, { recursive: true })
  const real = await realpath(dir)
  const path = await readLocation(real)
  if (userInfo().uid !== 0) return { path: path ?? real, account: undefined }
  const account = (await ownerOf(join(path ?? real, 'data'))) ?? (await postgresUser())
  if (path !== undefined || (await canReach(account, dirname(real)))) return { path: path ?? real, account }
  const elsewhere = join(await sharedPlace(), createHash('sha256').update(real).digest('hex').slice(0, 16))
  await writeFile(join(real, 'location'), `${elsewhere}\n`)
  return { path: elsewhere, account }
}

/** The folder for copies of the binaries that the account can run. */
export async function sharedPlace(): Promise<string> {
  let refused: unknown
  for (const place of SHARED_PLACES) {
    try {
      await mkdir(place, { recursive: true })
      await chmod(place, 0o755)
      return place
    } catch (error) {
      if (!errnoIs(error, 'EACCES', 'EROFS', 'EPERM', 'ENOSPC')) throw error
      refused = error
    }
  }
  throw new OutgrowError('target-unreachable', 'there is no place for the embedded PostgreSQL', {
    place: SHARED_PLACES.join(', '),
    next: 'Make one of these folders writable, or give the URL of a server with --to.',
    cause: refused,
  })
}

/** True when every folder on the way to and including `path` lets the account through. */
export async function canReach(account: Account, path: string): Promise<boolean> {
  for (let folder = path; ; folder = dirname(folder)) {
    const { mode, uid, gid } = await stat(folder)
    const shift = uid === account.uid ? 6 : gid === account.gid ? 3 : 0
    if (((mode >> shift) & 1) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

async function readLocation(dir: string): Promise<string | undefined> {
  try {
    return (await readFile(join(dir, 'location'), 'utf8')).trim()
  } catch (error) {
    if (errnoIs(error, 'ENOENT')) return undefined
    throw error
  }
}

/** PostgreSQL only serves data of its own user, so existing data decide; root's own would be a mistake to keep. */
async function ownerOf(path: string): Promise<Account | undefined> {
  try {
    const { uid, gid } = await stat(path)
    return uid === 0 ? undefined : { uid, gid }
  } catch (error) {
    if (errnoIs(error, 'ENOENT')) return undefined
    throw error
  }
}

async function postgresUser(): Promise<Account> {
  const known = await idOf('postgres')
  if (known !== undefined) return known
  try {
    await run('groupadd', ['--system', '--force', 'postgres'])
    await run('useradd', [
      '--system',
      '--gid',
      'postgres',
      '--no-create-home',
      '--shell',
      '/usr/sbin/nologin',
      'postgres',
    ])
  } catch (cause) {
    const twinMadeIt = await idOf('postgres')
    if (twinMadeIt !== undefined) return twinMadeIt
    throw noAccount(cause)
  }
  const created = await idOf('postgres')
  if (created === undefined) throw noAccount(undefined)
  return created
}

async function idOf(user: string): Promise<Account | undefined> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', user]), run('id', ['-g', user])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch (error) {
    // A number is the exit status of `id`: it ran and knows no such user.
    if (error instanceof Error && 'code' in error && typeof error.code === 'number') return undefined
    throw noAccount(error)
  }
}

function noAccount(cause: unknown): OutgrowError {
  return new OutgrowError('target-unreachable', 'PostgreSQL does not run as root, and there is no user "postgres"', {
    next: 'Create the system user postgres, run outgrow as another user, or give the URL of a server with --to.',
    cause,
  })
}
