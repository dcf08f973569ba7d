import { keyOf } from '../../src/rollout/key.ts'
import type { Change, JsonRecord, Side, WriteAct } from '../../src/rollout/side.ts'

/** Opens an empty side for one test, with the act under which the authority writes. */
export type Start = () => Promise<{ side: Side; act: WriteAct }>

/** The changes that put these ideas. */
export function puts(records: JsonRecord[], collection = 'ideas'): Change[] {
  return records.map((record) => ({ collection, key: keyOf(record.id), record }))
}
