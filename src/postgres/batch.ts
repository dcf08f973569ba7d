import type pg from 'pg'
import { type Prepared, preparedOf } from './prepared.ts'
import type { Answer, Field, Statement } from './sql.ts'
import { isOutdated } from './sqlstate.ts'

/**
 * Several statements in one message, answered together, as pg wants a query: it calls `submit` and the `handle…` methods.
 * Outside a transaction they are one of their own; the first that fails ends them all. Values come as the server's texts.
 */
export class Batch implements pg.Submittable {
  /** pg replaces it to learn of the end when a client-wide query timeout is set. */
  callback: (error?: Error) => void = () => {}
  readonly done: Promise<Answer[]>
  readonly #statements: readonly Statement[]
  readonly #answers: Answer[] = []
  readonly #new: string[] = []
  #prepared: Prepared | undefined
  #rows: Answer['rows'] = []
  #fields: Field[] | undefined
  #resolve: (answers: Answer[]) => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor(statements: readonly Statement[]) {
    this.#statements = statements
    this.done = new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
    })
  }

  submit(connection: pg.Connection): void {
    const wire = connection as unknown as Wire
    const prepared = preparedOf(connection)
    this.#prepared = prepared
    connection.stream.cork()
    for (const name of prepared.takeRetired()) wire.close({ type: 'S', name })
    for (const statement of this.#statements) this.#send(wire, prepared, statement)
    wire.sync()
    connection.stream.uncork()
  }

  #send(wire: Wire, prepared: Prepared, { text, values = [], isDescribed, isOnce }: Statement): void {
    const { name, isNew } = isOnce ? { name: '', isNew: true } : prepared.use(text)
    if (isNew) {
      wire.parse({ text, name })
      if (!isOnce) this.#new.push(text)
    }
    wire.bind({ statement: name, values, valueMapper: textOf })
    if (isDescribed) wire.describe({ type: 'P', name: '' })
    wire.execute()
  }

  handleRowDescription({ fields }: { fields: Field[] }): void {
    this.#fields = fields
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    this.#rows.push(fields)
  }

  handleCommandComplete({ text }: { text: string }): void {
    this.#answers.push({ rows: this.#rows, fields: this.#fields, tag: text })
    this.#rows = []
    this.#fields = undefined
  }

  handleEmptyQuery(): void {
    this.handleCommandComplete({ text: '' })
  }

  handleError(error: Error): void {
    // Whether they were prepared before it failed is not known; and those of an older shape of a table never serve again.
    for (const text of this.#new) this.#prepared?.forget(text)
    if (isOutdated(error)) for (const { text } of this.#statements) this.#prepared?.forget(text)
    this.callback(error)
    this.#reject(error)
  }

  handleReadyForQuery(): void {
    this.callback()
    this.#resolve(this.#answers)
  }
}

/** The driver's messages, as it sends them since 8.0; its types still ask for a parameter that is no more. */
interface Wire {
  parse(message: { text: string; name: string }): void
  bind(message: { statement: string; values: readonly unknown[]; valueMapper: (value: unknown) => unknown }): void
  describe(message: { type: 'P'; name: string }): void
  close(message: { type: 'S'; name: string }): void
  execute(): void
  sync(): void
}

/** A value as the text that its type's input function reads; a list as an array literal. */
function textOf(value: unknown): string | null {
  if (typeof value === 'string') return value
  if (value === null || value === undefined) return null
  return Array.isArray(value) ? `{${value.map(elementOf).join(',')}}` : String(value)
}

function elementOf(value: unknown): string {
  const text = textOf(value)
  return text === null ? 'NULL' : `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`
}

/** The rows of a described answer as objects, by the parsers of these types. */
export function rowsOf<R extends object>({ rows, fields = [] }: Answer, types: pg.CustomTypesConfig): R[] {
  const parsers = fields.map(({ dataTypeID }) => types.getTypeParser(dataTypeID, 'text') as (text: string) => unknown)
  return rows.map((row) => {
    const entries = fields.map(({ name }, at) => {
      const text = row[at] ?? null
      return [name, text === null ? null : parsers[at]?.(text)]
    })
    return Object.fromEntries(entries) as R
  })
}

/** Rows that the statement touched, or found. */
export function countOf({ tag }: Answer): number {
  return Number(tag.slice(tag.lastIndexOf(' ') + 1)) || 0
}
