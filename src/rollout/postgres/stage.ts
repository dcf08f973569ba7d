import { OutgrowError } from '../../errors.ts'
import { appendAudit } from '../../journal/audit.ts'
import type { Connection } from '../../postgres/connect.ts'
import { withTimeouts } from '../../postgres/settings.ts'
import type { Sql } from '../../postgres/sql.ts'
import { SQLSTATE, sqlState } from '../../postgres/sqlstate.ts'
import { inTransaction } from '../../postgres/transaction.ts'

export const STAGES = ['off', 'dualwrite', 'shadow', 'live', 'rampdown', 'complete'] as const
export type Stage = (typeof STAGES)[number]

/** The row of a store's stage: the truth about who is the authority. */
export interface StageRow {
  name: string
  stage: Stage
  epoch: number
  /** Per cent of reads of clean keys that PostgreSQL answers in shadow. */
  serveNew: number
  /** Per cent of reads that are compared with the other side. */
  compare: number
  mirror: 'sync' | 'async'
  changedAt: Date
  changedBy: string
  why: string
}

export interface StageChange {
  name: string
  /** What the caller believes to be in force: another stage or epoch loses the race. */
  from: Stage
  epoch: number
  to: Stage
  by: string
  why: string
  /** For the audit entry: the figures of the gates, say. */
  figures?: Record<string, unknown>
  /** Milliseconds to wait for writers that were let in. */
  patience?: number
  /** Further work of the same transaction, after the row has changed: fencing the tables, marking keys. */
  also?: (sql: Connection) => Promise<void>
}

/** What came of a change: it is in force, or another one was faster and this is what it left. */
export type StageOutcome = { changed: true; row: StageRow } | { changed: false; present: StageRow | undefined }

/** Notified with the store's name at each change. It only wakes: whoever listens reads the row. */
export const STAGE_CHANNEL = 'outgrow_stage'

const PATIENCE_MS = 2000

const COLUMNS = `name, stage, epoch, serve_new as "serveNew", compare, mirror, changed_at as "changedAt",
  changed_by as "changedBy", why`

/** The stage of a store; undefined when it never had one. */
export async function readStage(sql: Sql, name: string): Promise<StageRow | undefined> {
  const { rows } = await sql.query<StoredRow>(`select ${COLUMNS} from outgrow.stage where name = $1::text`, [name])
  return rows[0] && stageRow(rows[0])
}

/** Gives a store its row, in stage `off` and epoch 1, unless it has one; returns the one in force. */
export async function ensureStage(sql: Sql, entry: { name: string; by: string; why: string }): Promise<StageRow> {
  await sql.query(
    `insert into outgrow.stage (name, changed_by, why) values ($1::text, $2::text, $3::text)
     on conflict (name) do nothing`,
    [entry.name, entry.by, entry.why],
  )
  return (await readStage(sql, entry.name)) as StageRow
}

/**
 * Changes the stage in one transaction: waits, with an end, for the writers that the fence let in, swaps stage and epoch only
 * if they are still those that the caller saw, appends the audit entry, and notifies. Which stages may follow which is the
 * caller's to know. Writers that come meanwhile queue, and are then refused by their epoch. A crash leaves one of the two
 * stages whole; running again tells which. Throws `locked`, naming the sessions in the way, when patience runs out.
 */
export async function changeStage(connection: Connection, change: StageChange): Promise<StageOutcome> {
  return inTransaction(connection, async (sql) => {
    await waitForWriters(sql, change.name, change.patience ?? PATIENCE_MS)
    const row = await swap(sql, change)
    if (row === undefined) return { changed: false, present: await readStage(sql, change.name) }
    await change.also?.(sql)
    await sql.query('select pg_notify($1::text, $2::text)', [STAGE_CHANNEL, change.name])
    await appendAudit(sql, {
      actor: change.by,
      act: 'stage',
      subject: change.name,
      store: change.name,
      figures: { from: change.from, to: change.to, epoch: row.epoch, why: change.why, ...change.figures },
      outcome: 'done',
    })
    return { changed: true, row }
  })
}

/** Sets what may change within a stage; the epoch stays. Returns the row, or undefined when there is none. */
export async function setStageSettings(
  connection: Connection,
  name: string,
  settings: Partial<Pick<StageRow, 'serveNew' | 'compare' | 'mirror'>>,
): Promise<StageRow | undefined> {
  return inTransaction(connection, async (sql) => {
    await waitForWriters(sql, name, PATIENCE_MS)
    const { rows } = await sql.query<StoredRow>(
      `update outgrow.stage set serve_new = coalesce($2::smallint, serve_new), compare = coalesce($3::smallint, compare),
         mirror = coalesce($4::text, mirror) where name = $1::text returning ${COLUMNS}`,
      [name, settings.serveNew ?? null, settings.compare ?? null, settings.mirror ?? null],
    )
    await sql.query('select pg_notify($1::text, $2::text)', [STAGE_CHANNEL, name])
    return rows[0] && stageRow(rows[0])
  })
}

/**
 * The lock on the table, not the row's alone: those who take a row FOR SHARE one after the other would never let an update
 * of it in, while the table's lock is given in the order of asking. It is what FOR SHARE holds anyway, so writers pay
 * nothing for it. Reading the row goes on.
 */
async function waitForWriters(sql: Connection, name: string, patience: number): Promise<void> {
  try {
    await withTimeouts(sql, { lock: patience }, () => sql.query('lock table outgrow.stage in exclusive mode'))
  } catch (error) {
    if (sqlState(error) !== SQLSTATE.lock_not_available) throw error
    throw new OutgrowError('locked', `writers of store "${name}" did not end within ${patience} ms`, {
      place: name,
      next: 'Nothing was changed: end the sessions that hold locks on outgrow.stage (pg_locks), then run this again.',
      cause: error,
    })
  }
}

async function swap(sql: Sql, change: StageChange): Promise<StageRow | undefined> {
  const { rows } = await sql.query<StoredRow>(
    `update outgrow.stage set stage = $1::text, epoch = epoch + 1, changed_at = clock_timestamp(),
       changed_by = $2::text, why = $3::text
      where name = $4::text and stage = $5::text and epoch = $6::bigint returning ${COLUMNS}`,
    [change.to, change.by, change.why, change.name, change.from, change.epoch],
  )
  return rows[0] && stageRow(rows[0])
}

/** As it arrives: a bigint is text. */
type StoredRow = Omit<StageRow, 'epoch'> & { epoch: string }

function stageRow(row: StoredRow): StageRow {
  return { ...row, epoch: Number(row.epoch) }
}
