import { userInfo } from 'node:os'

/** Name of the account that this process runs under; its number where it has no name, as in many containers. */
export function accountName(): string {
  try {
    return userInfo().username
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ERR_SYSTEM_ERROR')) throw error
    return `uid ${process.getuid?.() ?? 'unknown'}`
  }
}
