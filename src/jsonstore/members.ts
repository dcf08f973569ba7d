import { UNNUMBERED } from './keys.ts'
import { KEY, OBJECT, STRIDE, type Tape } from './tape.ts'

/** The node of the member with this number in an object, if it has one. A name gets its number before objects are read. */
export function memberOf(tape: Tape, object: number, keyId: number): number | undefined {
  const end = tape.next(object)
  for (let key = object + STRIDE; key < end; key = tape.next(key + STRIDE))
    if (tape.kind(key) === KEY && tape.keyId(key) === keyId) return key + STRIDE
  return undefined
}

/** As `memberOf`, by a name that need not have been numbered before the object was read, of what need not be an object. */
export function memberNamed(tape: Tape, object: number, name: string): number | undefined {
  if (tape.kind(object) !== OBJECT) return undefined
  const id = tape.keys.idOfName(name)
  if (id !== UNNUMBERED) return memberOf(tape, object, id)
  const end = tape.next(object)
  for (let key = object + STRIDE; key < end; key = tape.next(key + STRIDE))
    if (tape.keyId(key) === UNNUMBERED && tape.text(key) === name) return key + STRIDE
  return undefined
}
