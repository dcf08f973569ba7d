import { KEY, STRIDE, type Tape } from './tape.ts'

/** The node of the member with this number in an object, if it has one. */
export function memberOf(tape: Tape, object: number, keyId: number): number | undefined {
  const end = tape.next(object)
  for (let key = object + STRIDE; key < end; key = tape.next(key + STRIDE))
    if (tape.kind(key) === KEY && tape.keyId(key) === keyId) return key + STRIDE
  return undefined
}
