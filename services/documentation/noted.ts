import type { Json, JsonRecord } from 'outgrow/store'
import { type Actor, changeId, changeRecord, ENTITIES } from './change.ts'
import { idOf } from './counters.ts'
import type { Counted } from './kind.ts'
import type { Work } from './store.ts'

/** What has an id of the service's giving and a table of its own. */
export type Noted = Exclude<Counted, 'links'>

/**
 * The only way in which records are changed: each change is noted in the change log by the same transaction. Made anew for
 * every run of it.
 */
export class NotedWork {
  readonly work: Work
  readonly #actor: Actor
  #step = 0

  constructor(work: Work, actor: Actor) {
    this.work = work
    this.#actor = actor
  }

  async create(kind: Noted, make: (id: string) => JsonRecord): Promise<JsonRecord> {
    const id = await this.work.nextId(kind)
    const record = make(id)
    await this.work.insert(kind, record)
    await this.#note(kind, id, null, record)
    return record
  }

  /** Undefined when there is none. */
  async change(kind: Noted, id: string, next: (record: JsonRecord) => JsonRecord): Promise<JsonRecord | undefined> {
    const before = await this.work.get(kind, id)
    if (before === undefined) return undefined
    const after = next(before)
    await this.work.put(kind, id, after)
    await this.#note(kind, id, before, after)
    return after
  }

  /** The record as it was; undefined when there was none. */
  async remove(kind: Noted, id: string): Promise<JsonRecord | undefined> {
    const before = await this.work.remove(kind, id)
    if (before !== undefined) await this.#note(kind, id, before, null)
    return before
  }

  /** Adds a link of any shape; it gets an id and is otherwise kept as it came. */
  async addLink(link: JsonRecord): Promise<JsonRecord> {
    const links = await this.work.links()
    const made = { id: await this.work.nextId('links'), ...link }
    await this.work.setLinks([...links, made])
    await this.#note('links', made.id, null, made)
    return made
  }

  /** The first link of this id, which old ones may have as a number. */
  async removeLink(id: string): Promise<JsonRecord | undefined> {
    const links = await this.work.links()
    const at = links.findIndex((link) => isId(idOf(link), id))
    const gone = links[at] as JsonRecord | undefined
    if (gone === undefined) return undefined
    await this.work.setLinks(links.toSpliced(at, 1), gone)
    await this.#note('links', id, gone, null)
    return gone
  }

  async #note(kind: Counted, id: string, before: JsonRecord | null, after: JsonRecord | null): Promise<void> {
    const changed = changeId(this.#actor, this.#step++)
    await this.work.insert('change_log', changeRecord(this.#actor, changed, ENTITIES[kind], id, [before, after]))
  }
}

function isId(value: Json | undefined, id: string): boolean {
  return value === id || (typeof value === 'number' && String(value) === id)
}
