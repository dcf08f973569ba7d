/** Anything that can be queried: a client inside or outside a transaction. Functions take this, callers own its life. */
export interface Sql {
  query<R extends object = Record<string, unknown>>(
    text: string,
    values?: unknown[],
  ): Promise<{ rows: R[]; rowCount: number | null }>
}
