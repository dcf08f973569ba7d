import type { Sql } from '../../postgres/sql.ts'
import type { Stage } from '../postgres/stage.ts'

/** Notified by the table's trigger at each new request. */
export const REQUEST_CHANNEL = 'outgrow_stage_request'

/** What may be asked of the owner of a store. */
export type StageAsk =
  | { act: 'change'; to: Stage; by: string; why: string; dryRun: boolean; confirm?: string }
  | { act: 'show' }
  | { act: 'verify'; by: string }
  | { act: 'repair'; by: string; why: string }
  | { act: 'set'; by: string; serveNew?: number; compare?: number; mirror?: 'sync' | 'async' }

export interface StageRequest {
  id: string
  ask: StageAsk
}

/** Leaves a request for whoever owns the store; it is woken by the table's trigger. */
export async function postRequest(sql: Sql, store: string, ask: StageAsk): Promise<string> {
  const { rows } = await sql.query<{ id: string }>(
    `insert into outgrow.stage_request (store, stage, asked_by, why, options)
     values ($1::text, $2::text, $3::text, $4::text, $5::json) returning id`,
    [
      store,
      ask.act === 'change' ? ask.to : ask.act,
      'by' in ask ? ask.by : 'show',
      'why' in ask ? ask.why : '',
      JSON.stringify(ask),
    ],
  )
  return rows[0]?.id ?? ''
}

/** Requests that nobody has answered, oldest first; one that waited for longer than `within` seconds is not begun any more. */
export async function openRequests(sql: Sql, store: string, within: number): Promise<StageRequest[]> {
  const { rows } = await sql.query<{ id: string; options: StageAsk }>(
    `select id, options from outgrow.stage_request
      where store = $1::text and answered_at is null and asked_at > clock_timestamp() - make_interval(secs => $2::int)
      order by id`,
    [store, within],
  )
  return rows.map(({ id, options }) => ({ id, ask: options }))
}

export async function answerRequest(sql: Sql, id: string, answer: unknown): Promise<void> {
  await sql.query(
    `update outgrow.stage_request set answered_at = clock_timestamp(), answer = $2::json
      where id = $1::bigint and answered_at is null`,
    [id, JSON.stringify(answer)],
  )
}

/** The answer; undefined while there is none. */
export async function readAnswer(sql: Sql, id: string): Promise<unknown> {
  const { rows } = await sql.query<{ answer: unknown }>(
    'select answer from outgrow.stage_request where id = $1::bigint and answered_at is not null',
    [id],
  )
  return rows[0]?.answer
}

/** Takes back a request that nobody answered in time; false when it was answered after all. */
export async function withdrawRequest(sql: Sql, id: string): Promise<boolean> {
  const { rowCount } = await sql.query(
    'delete from outgrow.stage_request where id = $1::bigint and answered_at is null',
    [id],
  )
  return rowCount === 1
}
