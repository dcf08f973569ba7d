import { OutgrowError } from '../errors.ts'
import { SQLSTATE, sqlState } from '../postgres/sqlstate.ts'

/** A type or the row type of a table has the name already. */
const DUPLICATE_OBJECT = '42710'

/**
 * Runs `fn`, which drops or creates tables of a store. What is in the way or depends on them is somebody's: it is never
 * dropped, replaced or filled up, and the run is refused with `target-occupied`, naming it.
 */
export async function refuseOccupied<T>(schema: string, fn: () => Promise<T>): Promise<T> {
  try {
    return await fn()
  } catch (error) {
    throw occupied(error, schema) ?? error
  }
}

function occupied(error: unknown, schema: string): OutgrowError | undefined {
  const state = sqlState(error)
  const message = error instanceof Error ? error.message : ''
  if (state === SQLSTATE.duplicate_table || state === DUPLICATE_OBJECT)
    return new OutgrowError(
      'target-occupied',
      `The schema ${schema} already holds something that outgrow did not make: ${message}.`,
      {
        place: schema,
        next: 'Choose another --name, or move it away.',
        cause: error,
      },
    )
  if (state === SQLSTATE.dependent_objects_still_exist)
    return new OutgrowError(
      'target-occupied',
      `Something else depends on the tables of ${schema}: ${detailOf(error) ?? message}.`,
      {
        place: schema,
        next: 'Drop the view or constraint that depends on them, run again, and create it anew.',
        cause: error,
      },
    )
  return undefined
}

/** The server names the dependent objects in the detail, one per line. */
function detailOf(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('detail' in error) || typeof error.detail !== 'string') return undefined
  return error.detail.replaceAll('\n', '; ')
}
