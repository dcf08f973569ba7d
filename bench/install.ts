import { mkdir, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { isMissing } from './missing.ts'
import type { Availability } from './peers/peer.ts'
import { measure } from './process.ts'

/** First line of what a program says to a question for its version, or why there is none. */
export async function versionOf(...argv: [string, ...string[]]): Promise<Availability> {
  try {
    const { stdout } = await measure({ argv })
    return { version: stdout.trim().split('\n')[0] ?? '' }
  } catch (error) {
    return { missing: isMissing(error) ? `no ${argv[0]} on this machine` : (error as Error).message }
  }
}

/**
 * Makes `place` by the given commands, each run in a directory beside it that takes its name only once all have succeeded;
 * an installation cut short is begun anew. Returns why it could not be made, or undefined.
 */
export async function install(place: string, ...steps: [string, ...string[]][]): Promise<string | undefined> {
  const partial = `${place}.partial`
  await rm(partial, { recursive: true, force: true })
  await mkdir(partial, { recursive: true })
  for (const argv of steps) {
    const failure = await reasonOf(measure({ argv, cwd: partial }))
    if (failure !== undefined) return `could not be installed: ${failure}`
  }
  await mkdir(dirname(place), { recursive: true })
  await rm(place, { recursive: true, force: true })
  await rename(partial, place)
  return undefined
}

async function reasonOf(attempt: Promise<unknown>): Promise<string | undefined> {
  try {
    await attempt
    return undefined
  } catch (error) {
    return (error as Error).message
  }
}
