import { createHash } from 'node:crypto'
import { realpath } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join, resolve } from 'node:path'
import { errnoOf } from '../../jsonstore/file-error.ts'

/** The path of a store behind all symbolic links, the same by whatever name it is reached; the file need not exist yet. */
export async function realStorePath(path: string): Promise<string> {
  try {
    return await realpath(path)
  } catch (error) {
    if (errnoOf(error) !== 'ENOENT') throw error
    return join(await realpath(dirname(resolve(path))), basename(path))
  }
}

/**
 * The local socket whose one listener owns the store at this real path. On Linux an abstract name, on Windows a pipe: the
 * kernel frees both at the death of the process. Elsewhere a socket file, which a dead owner leaves behind.
 */
export function ownerAddress(realPath: string, platform: NodeJS.Platform = process.platform): string {
  const name = `outgrow-${createHash('sha256').update(realPath).digest('hex').slice(0, 32)}`
  if (platform === 'linux') return `\u0000${name}`
  return platform === 'win32' ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`)
}

/** True when a dead owner may have left the address behind. */
export function isLeftBehind(address: string): boolean {
  return address.startsWith('/')
}
