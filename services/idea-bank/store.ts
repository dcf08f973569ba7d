import type { ReadOptions, WriteOptions } from 'outgrow/store'
import type { Idea } from '../ideas/idea.ts'
import type { ListQuery } from '../ideas/list-query.ts'
import type { Stats } from '../ideas/stats.ts'
import type { Readiness } from '../web/health.ts'

/**
 * Where the ideas are: the seam between the routes and plain LowDB, the staged store, or PostgreSQL alone. All three
 * answer the same. Writes are durable when they return (as far as the strategy goes), and a retry with the same idempotency
 * key gets the first answer; the functions given may be called more than once.
 */
export interface IdeaStore {
  list(query: ListQuery, options?: ReadOptions): Promise<Idea[]>
  get(id: string, options?: ReadOptions): Promise<Idea | undefined>
  stats(options?: ReadOptions): Promise<Stats>
  /** Inserts what `make` returns for a new id: highest numeric id ever + 1 while all are numeric, else a UUID. */
  add(make: (id: string) => Idea, options?: WriteOptions): Promise<Idea>
  /** Undefined when there is none. */
  change(id: string, next: (idea: Idea) => Idea, options?: WriteOptions): Promise<Idea | undefined>
  /** The idea as it was. */
  remove(id: string, options?: WriteOptions): Promise<Idea | undefined>
  ready(): Promise<Readiness>
  close(): Promise<void>
}
