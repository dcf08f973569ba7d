import type { Transaction } from 'kysely'
import type { Answers } from '../../postgres/write.ts'
import type { Database as Tables } from './schema.kysely.ts'

/** The schema of the store's tables, as the plan names it. */
export const SCHEMA = 'idea_bank'

/** The tables that outgrow made from the plan, and the service's own (migrations/002). */
export interface Database extends Tables, Answers {}

export type Tx = Transaction<Database>
