import type { KeyTable } from '../jsonstore/keys.ts'
import { STRIDE, type Tape } from '../jsonstore/tape.ts'
import type { ValueProfile } from './profile.ts'

/** Members profiled per object, and in a whole store; what comes later is counted, not profiled. */
const MOST_FIELDS = 4_000
export const MOST_FIELDS_NESTED = 400
export const MOST_FIELDS_IN_ALL = 40_000
/** Shared by the profiles of one store: how many fields there are in all, and scratch space. */
export interface Budget {
  fields: number
}

/** One member of an object: its name and what stood there. `seen` counts the objects that have it, null included. */
export interface FieldProfile {
  name: string
  seen: number
  value: ValueProfile
}

/** The members that objects at one place were seen to have, in order of first appearance. */
export class ObjectProfile {
  count = 0
  fields: FieldProfile[] = []
  /** Members that came after the limit and were not profiled. */
  overflow = 0
  readonly depth: number
  readonly budget: Budget
  #newValue: () => ValueProfile
  /** Called for each new member, so that keys and references can be followed. */
  onField: ((field: FieldProfile) => void) | undefined
  #index = new Int32Array(64).fill(-1)

  constructor(depth: number, budget: Budget, newValue: () => ValueProfile) {
    this.depth = depth
    this.budget = budget
    this.#newValue = newValue
  }

  observe(tape: Tape, object: number): void {
    this.count++
    const end = tape.next(object)
    for (let key = object + STRIDE; key < end; ) {
      const value = key + STRIDE
      const field = this.fieldOf(tape.keys, tape.keyId(key))
      if (field) {
        field.seen++
        field.value.observe(tape, value)
      }
      key = tape.next(value)
    }
  }

  /** Takes a value that is read by itself as the member `name` of one large object. */
  observeMember(tape: Tape, name: string): void {
    const field = this.fieldOf(tape.keys, tape.keys.idOfName(name))
    if (!field) return
    field.seen++
    field.value.observe(tape, 0)
  }

  /** The member that `keys` numbers so, begun when it is new; undefined when there are too many. */
  fieldOf(keys: KeyTable, id: number): FieldProfile | undefined {
    if (id >= 0 && id < this.#index.length) {
      const known = this.#index[id] as number
      if (known >= 0) return this.fields[known]
    }
    return this.#newField(keys, id)
  }

  #newField(keys: KeyTable, id: number): FieldProfile | undefined {
    const most = this.depth === 1 ? MOST_FIELDS : MOST_FIELDS_NESTED
    if (id < 0 || this.fields.length >= most || this.budget.fields >= MOST_FIELDS_IN_ALL) {
      this.overflow++
      return undefined
    }
    if (id >= this.#index.length) {
      const grown = new Int32Array(Math.max(id + 1, this.#index.length * 2)).fill(-1)
      grown.set(this.#index)
      this.#index = grown
    }
    this.budget.fields++
    const field = { name: keys.names[id] as string, seen: 0, value: this.#newValue() }
    this.#index[id] = this.fields.push(field) - 1
    this.onField?.(field)
    return field
  }
}
