import { qualified } from '../../postgres/ident.ts'
import type { Check } from '../../postgres/preconditions.ts'
import type { Sql } from '../../postgres/sql.ts'
import type { Plan } from '../../schema/plan.ts'
import { tablesOf } from '../../schema/tables.ts'
import { openDeadLetters } from '../postgres/dead-letter.ts'
import { dirtyBacklog } from '../postgres/dirty.ts'
import { readStage, type StageRow } from '../postgres/stage.ts'
import { STAGE_RULES } from '../stage/rules.ts'

/** Seconds for which a key may wait for the file before that is worth a word. */
const LATE = 60

/** What of a store under way an operator should know: fence, dead letters, backlog. Nothing for a store in stage off. */
export async function examineStage(sql: Sql, plan: Plan): Promise<Check[]> {
  const row = await readStage(sql, plan.store)
  if (row === undefined || row.stage === 'off') return []
  const { authority, mirror } = STAGE_RULES[row.stage]
  return [
    stageOf(row, authority),
    await fenceOf(sql, plan, row),
    ...(mirror === 'postgres' ? [await lettersOf(sql, plan.store)] : []),
    ...(mirror === 'file' ? [await backlogOf(sql, plan.store)] : []),
  ]
}

function stageOf({ name, stage, epoch, changedBy }: StageRow, authority: string): Check {
  return {
    id: `stage:${name}`,
    severity: 'info',
    ok: true,
    found: `${stage}, epoch ${epoch}, since ${changedBy}'s change; the authority is ${authority}`,
    wanted: 'any',
    fix: `Look at it: outgrow stage ${name}`,
  }
}

/** Every table has the trigger, and it fires for replicas too. */
async function fenceOf(sql: Sql, plan: Plan, { name }: StageRow): Promise<Check> {
  const tables = tablesOf(plan).map(({ table }) => qualified(plan.schema, table.name))
  const { rows } = await sql.query<{ bare: string | null }>(
    `select string_agg(t.name, ', ') as bare from unnest($1::text[]) t (name)
      where not exists (select from pg_trigger g
        where g.tgrelid = to_regclass(t.name) and g.tgname = 'outgrow_fence' and g.tgenabled = 'A')`,
    [tables],
  )
  const bare = rows[0]?.bare ?? null
  return {
    id: `fence:${name}`,
    severity: 'error',
    ok: bare === null,
    found: bare === null ? 'on every table' : `missing or off on ${bare}`,
    wanted: 'on every table',
    fix: 'Find who dropped or disabled it; one step back and forward again puts it there.',
  }
}

async function lettersOf(sql: Sql, store: string): Promise<Check> {
  const { count, letters } = await openDeadLetters(sql, store)
  return {
    id: `dead-letters:${store}`,
    severity: 'error',
    ok: count === 0,
    found: count === 0 ? 'none' : `${count}, first ${letters[0]?.collection} ${letters[0]?.key}: ${letters[0]?.reason}`,
    wanted: 'none',
    fix: `Mend the records that outgrow stage ${store} lists; each is tried again when it is written.`,
  }
}

async function backlogOf(sql: Sql, store: string): Promise<Check> {
  const { marks, age } = await dirtyBacklog(sql, store)
  return {
    id: `mirror:${store}`,
    severity: 'warning',
    ok: age < LATE,
    found: `${marks} marks, the oldest ${Math.round(age)} s old`,
    wanted: `none older than ${LATE} s`,
    fix: 'See whether the service that owns the file runs and can write it.',
  }
}
