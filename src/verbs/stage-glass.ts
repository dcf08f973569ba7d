import { isOutgrowError, OutgrowError } from '../errors.ts'
import { connect } from '../postgres/connect.ts'
import { glassMemory } from '../rollout/change/glass.ts'
import { askOwner, becomeOwner } from '../rollout/file/owner.ts'
import { readMemory, type StageMemory, writeMemory } from '../rollout/stage/memory.ts'
import type { Context } from './context.ts'

/** How long the owner may take, in milliseconds. */
const PATIENCE = 15_000

/**
 * Makes the file of a store the authority while PostgreSQL is gone: by the process that owns it, which goes on under the new
 * epoch at once, or here when none runs. Refused while PostgreSQL answers, and where the file may lack acknowledged writes.
 */
export async function stageWithoutPostgres(
  context: Context,
  name: string,
  file: string,
  act: { by: string; why: string },
): Promise<{ epoch: number }> {
  const answer = await askOwner(file, 'glass', act, PATIENCE)
  if (answer !== undefined) return answer as StageMemory
  await refuseReachable(context, name)
  const owner = await becomeOwner(file)
  try {
    const broken = glassMemory(name, await readMemory(owner.folder), act)
    await writeMemory(owner.folder, broken)
    return broken
  } finally {
    await owner.release()
  }
}

async function refuseReachable(context: Context, name: string): Promise<void> {
  try {
    await (await connect(context.url, { application: `stage ${name}` })).end()
  } catch (error) {
    if (isOutgrowError(error, 'target-unreachable')) return
    throw error
  }
  throw new OutgrowError('refused', 'PostgreSQL answers: the file is made the authority with it, not without.', {
    place: name,
    next: `outgrow stage ${name} shadow --by WHO --why TEXT`,
  })
}
