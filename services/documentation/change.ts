import { compareText, type Json, type JsonRecord } from 'outgrow/store'
import { inOrder } from '../web/record-routes.ts'
import type { Counted } from './kind.ts'

/** What an entry of the change log calls the thing that was changed. */
export const ENTITIES = { systems: 'system', ideas: 'idea', files: 'file', links: 'link' } as const satisfies Record<
  Counted,
  string
>
export type Entity = (typeof ENTITIES)[Counted]

export const ACTIONS = ['create', 'update', 'delete'] as const
export type Action = (typeof ACTIONS)[number]

/** Who changes something, when, and the source of what is made up by chance. */
export interface Actor {
  /** As the client says in `x-user-id`; null when it does not. */
  who: string | null
  at: Date
  uuid: () => string
}

/** An entry as it is stored, in the spelling of the file's other records. */
export function changeRecord(
  { who, at }: Actor,
  id: string,
  entity: Entity,
  entityId: Json,
  [before, after]: [JsonRecord | null, JsonRecord | null],
): JsonRecord {
  const action: Action = before === null ? 'create' : after === null ? 'delete' : 'update'
  return { id, at: at.toISOString(), entity, entity_id: entityId, action, before, after, who }
}

/**
 * A UUID (version 7) that sorts by time, and within one transaction by `step`: entries need no counter, at which every
 * writer would queue.
 */
export function changeId({ at, uuid }: Actor, step: number): string {
  const time = at.getTime().toString(16).padStart(12, '0')
  const place = Math.min(step, 0xfff).toString(16).padStart(3, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${place}-${uuid().slice(19)}`
}

/**
 * An entry as it is answered. What the contract gives no order comes by name, since PostgreSQL's jsonb keeps none; lists keep
 * theirs.
 */
export function changeOf(record: JsonRecord, orders: Readonly<Record<string, readonly string[]>>): JsonRecord {
  const { id, at, entity, entity_id, action, before, after, who } = record
  const order = orders[String(entity)] ?? []
  const state = (value: Json | undefined): Json => (isRecord(value) ? inOrder(order, sorted(value)) : (value ?? null))
  return {
    id: id ?? null,
    at: at ?? null,
    entity: entity ?? null,
    entityId: entity_id ?? null,
    action: action ?? null,
    before: state(before),
    after: state(after),
    who: who ?? null,
  }
}

function sorted(record: JsonRecord): JsonRecord {
  const names = Object.keys(record).sort(compareText)
  return Object.fromEntries(names.map((name) => [name, sortedWithin(record[name] ?? null)]))
}

function sortedWithin(value: Json): Json {
  if (Array.isArray(value)) return value.map(sortedWithin)
  return isRecord(value) ? sorted(value) : value
}

function isRecord(value: Json | undefined): value is JsonRecord {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
