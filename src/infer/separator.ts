import type { Items } from '../jsonstore/items.ts'
import { KEY, OBJECT, STRIDE } from '../jsonstore/tape.ts'

/** How the elements of a list are set apart: from the last byte of one to the first member name of the next. */
export interface Separator {
  bytes: Buffer
  /** Where in it the next element begins. */
  element: number
}

/** As it stands before the item at hand: `},{"id"`, white space and all. Undefined before the first one, and before what has no members. */
export function separatorBefore({ bytes, from, tape }: Items): Separator | undefined {
  if (tape.kind(0) !== OBJECT || tape.length === STRIDE || tape.kind(STRIDE) !== KEY) return undefined
  const comma = backOverWhite(bytes, from - 1)
  if (bytes[comma] !== 44) return undefined
  const start = backOverWhite(bytes, comma - 1)
  if (start < 0) return undefined
  return { bytes: Buffer.from(bytes.subarray(start, tape.stop(STRIDE) + 1)), element: from - start }
}

function backOverWhite(bytes: Uint8Array, from: number): number {
  let at = from
  while (at >= 0 && [32, 9, 10, 13].includes(bytes[at] as number)) at--
  return at
}
