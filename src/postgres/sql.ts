/** Anything that can be queried: a client inside or outside a transaction. Functions take this, callers own its life. */
export interface Sql {
  query<R extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>
}

/** One statement with its parameters; a list stands for an array. */
export interface Statement {
  text: string
  values?: readonly unknown[]
  /** Its answer tells names and types of its columns. */
  isDescribed?: boolean
  /** Not kept prepared. */
  isOnce?: boolean
}

export interface Field {
  name: string
  dataTypeID: number
}

/** What a statement of a batch was answered: values are the texts that the server prints. */
export interface Answer {
  rows: (string | null)[][]
  fields: Field[] | undefined
  /** The command tag, e.g. `UPDATE 1`. */
  tag: string
}

/** Also takes several statements at once, for one round trip. */
export interface BatchSql extends Sql {
  /**
   * Runs the statements one after the other and answers each. Outside a transaction they are one, all or nothing; inside,
   * the first that fails fails the transaction. They are prepared once per session.
   */
  batch(statements: readonly Statement[]): Promise<Answer[]>
}
