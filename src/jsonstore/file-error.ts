import { type ErrorCode, OutgrowError } from '../errors.ts'

const TOLD: Readonly<Record<string, { what: string; next: string }>> = {
  ENOENT: { what: 'there is no such file or folder', next: 'Check the path.' },
  ENOTDIR: { what: 'a part of the path is a file and not a folder', next: 'Check the path.' },
  EISDIR: { what: 'it is a folder', next: 'Name a file.' },
  ELOOP: { what: 'its symbolic links lead in a circle', next: 'Repair the symbolic link.' },
  EACCES: { what: 'permission is denied', next: 'Run as a user who may, or correct the permissions.' },
  EPERM: { what: 'it is not permitted', next: 'Run as a user who may, or correct the permissions.' },
  EROFS: { what: 'the file system is read-only', next: 'Choose a folder on a writable file system.' },
  ENOSPC: { what: 'the disk is full', next: 'Free some space, then run this again.' },
  EDQUOT: { what: 'the disk quota is used up', next: 'Free some space, then run this again.' },
  EFBIG: { what: 'the file would be larger than is allowed', next: 'Raise the file size limit, then run this again.' },
  ENAMETOOLONG: { what: 'the name is too long', next: 'Choose a shorter name.' },
  EMFILE: { what: 'too many files are open', next: 'Raise the limit of open files (ulimit -n), then run this again.' },
  EIO: { what: 'the disk reports an I/O error', next: 'Check the disk before anything else is written to it.' },
}

/** The operating system's code of an error that it raised (`ENOSPC`); undefined for any other error. */
export function errnoOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('syscall' in error) || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}

/**
 * An operating system error about a file, as an OutgrowError that names the path: `Cannot <act> <path>: the disk is full.`
 * Any other error is handed back as it is, so that a caller can throw the result of this whatever it caught.
 */
export function fileError(error: unknown, act: string, path: string, code: ErrorCode = 'failure'): unknown {
  const errno = errnoOf(error)
  if (errno === undefined) return error
  const told = TOLD[errno] ?? {
    what: `the system says ${errno}`,
    next: 'Look up this code for the file system in use.',
  }
  return new OutgrowError(code, `Cannot ${act} ${path}: ${told.what}.`, { place: path, next: told.next, cause: error })
}
