import type pg from 'pg'

/** Statements that a session keeps prepared; past it, the one that was not used for longest makes way. */
const MOST_PREPARED = 200

/** What one session has prepared, by text: a statement is parsed and planned once, not each time. */
export class Prepared {
  /** In the order of use, the oldest first. */
  #names = new Map<string, string>()
  #retired: string[] = []
  #made = 0

  /** The name under which a text is, or is now to be, prepared. */
  use(text: string): { name: string; isNew: boolean } {
    const known = this.#names.get(text)
    const name = known ?? `outgrow_${++this.#made}`
    if (known !== undefined) this.#names.delete(text)
    else if (this.#names.size >= MOST_PREPARED) this.forget(this.#names.keys().next().value)
    this.#names.set(text, name)
    return { name, isNew: known === undefined }
  }

  /** It is prepared anew, under another name, when it is next used. */
  forget(text: string | undefined): void {
    const name = text === undefined ? undefined : this.#names.get(text)
    if (text === undefined || name === undefined) return
    this.#names.delete(text)
    this.#retired.push(name)
  }

  /** Names to be closed on the server, each told once; closing one that is not there is no failure. */
  takeRetired(): string[] {
    return this.#retired.splice(0)
  }
}

const bySession = new WeakMap<pg.Connection, Prepared>()

export function preparedOf(connection: pg.Connection): Prepared {
  const known = bySession.get(connection) ?? new Prepared()
  bySession.set(connection, known)
  return known
}
