import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Tally } from './users.ts'

/** Compares what the service holds with what it acknowledged. Throws with the first idea that is not as it was promised. */
export async function proveTally(url: string, tally: Tally): Promise<string> {
  const answer = await fetch(`${url}/api/items`)
  const { data } = (await answer.json()) as { data: { id: string; title: string }[] }
  const held = new Map(data.map(({ id, title }) => [id, title]))
  for (const [id, title] of tally)
    if (held.get(id) !== title) throw new Error(`idea ${id} is "${held.get(id)}", but "${title}" was acknowledged`)
  const removed = [...tally.values()].filter((title) => title === undefined).length
  return `${tally.size} ideas were written by the users: ${tally.size - removed} are there as acknowledged last, ${removed} were removed and are gone.`
}

/** The archive of the JSON file, checked as `sha256sum -c` does. Throws when it is not what its line says. */
export async function proveArchive(folder: string): Promise<{ path: string; sha256: string }> {
  const names = await readdir(folder)
  const line = names.find((name) => name.endsWith('.sha256'))
  if (line === undefined) throw new Error(`no archive in ${folder}`)
  const [wanted, name] = (await readFile(join(folder, line), 'utf8')).trim().split('  ')
  const path = join(folder, name ?? '')
  const sha256 = createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
  if (sha256 !== wanted) throw new Error(`${path} has SHA-256 ${sha256}, not ${wanted}`)
  return { path, sha256 }
}
