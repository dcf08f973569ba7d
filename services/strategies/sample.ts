import { constants, copyFile, mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The file at `to` (a URL), which begins as a copy of the sample at `seed` where there is none yet. Returns its path. */
export async function sampleFile(seed: URL, to: URL): Promise<string> {
  const file = fileURLToPath(to)
  await mkdir(dirname(file), { recursive: true })
  await copyFile(fileURLToPath(seed), file, constants.COPYFILE_EXCL).catch((error: unknown) => {
    if (!hasCode(error, 'EEXIST')) throw error
  })
  return file
}

/** True for an error of the system with this code. */
export function hasCode(error: unknown, code: string): boolean {
  return error instanceof Error && 'code' in error && error.code === code
}
