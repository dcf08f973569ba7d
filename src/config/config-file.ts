import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { type ConfigFile, configFile } from './shape.ts'

export const CONFIG_FILES = ['outgrow.config.ts', 'outgrow.config.json'] as const

/**
 * Reads the config file of a folder, if there is one. Throws `usage` for a key that is not known, a value of the wrong
 * type (both with their place), a file that does not load, and when both files are there, since one would be ignored.
 */
export async function readConfigFile(folder: string): Promise<ConfigFile> {
  const found = CONFIG_FILES.filter((name) => existsSync(join(folder, name)))
  const [name, other] = found
  if (name === undefined) return {}
  if (other !== undefined)
    throw new OutgrowError('usage', `There are both ${name} and ${other}.`, {
      place: folder,
      next: 'Keep one of them.',
    })
  return checked(name, await load(name, join(folder, name)))
}

async function load(name: string, path: string): Promise<unknown> {
  try {
    if (name.endsWith('.json')) return JSON.parse(await readFile(path, 'utf8'))
    const { createJiti } = await import('jiti')
    return await createJiti(path, { fsCache: false }).import(path, { default: true })
  } catch (cause) {
    const [message] = String(cause instanceof Error ? cause.message : cause).split('\n')
    throw new OutgrowError('usage', `${name} cannot be read: ${message}`, {
      place: path,
      next: 'Correct the file, or remove it.',
      cause,
    })
  }
}

function checked(name: string, value: unknown): ConfigFile {
  const result = configFile.safeParse(value)
  if (result.success) return result.data
  const [issue] = result.error.issues
  const unknown = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined
  const path = [...(issue?.path ?? []), ...(unknown === undefined ? [] : [unknown])]
  const place = `${name}#${path.map((part) => `/${String(part)}`).join('')}`
  const what = unknown === undefined ? issue?.message : `unknown key ${JSON.stringify(unknown)}`
  throw new OutgrowError('usage', `${place}: ${what}.`, {
    place,
    next: `Known keys are ${Object.keys(configFile.shape).join(', ')}.`,
  })
}
