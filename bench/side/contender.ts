/** One way to serve the same endpoints; each call is one request. `n` is any number, new ids are the caller's. */
export interface Contender {
  name: string
  get(id: string): Promise<unknown>
  /** The newest fifty. */
  list(): Promise<unknown[]>
  /** Fifty in the order of their keys, from the `n`-th on. */
  page(n: number): Promise<unknown[]>
  insert(id: string, n: number): Promise<unknown>
  /** Adds a vote, by whatever is least. */
  update(id: string): Promise<unknown>
  /** Adds a vote in a transaction that reads and locks the record first. */
  transact(id: string): Promise<unknown>
  end(): Promise<void>
}
