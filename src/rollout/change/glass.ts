import { join } from 'node:path'
import { OutgrowError } from '../../errors.ts'
import { appendAudit } from '../../journal/audit.ts'
import { writeDurably } from '../../jsonstore/durable.ts'
import type { Connection } from '../../postgres/connect.ts'
import { inTransaction } from '../../postgres/transaction.ts'
import { sameJson } from '../same-json.ts'
import type { JsonRecord, Key } from '../side.ts'
import { recordEvidence } from '../stage/evidence.ts'
import { memoryFor, type StageMemory } from '../stage/memory.ts'
import { fileOf, postgresOf } from '../store/authority.ts'
import type { Parts } from '../store/parts.ts'
import { askStage } from '../store/told.ts'

/**
 * Makes the file the authority, in stage shadow, while PostgreSQL is away and cannot be asked. Only where the file has every
 * acknowledged write, as it does with `mirror: sync`. The new epoch is on record beside the file before the first write of
 * it; PostgreSQL is fenced to it as soon as it answers again, by `reconcile`.
 */
export async function breakGlass(parts: Parts, by: string, why: string): Promise<StageMemory> {
  const { present, name } = parts
  const { memory } = fileOf(parts)
  const known = { ...((await memory.read()) ?? memoryFor(name, present.now)), ...present.now }
  const broken = glassMemory(name, known, { by, why })
  if ((await askStage(parts.postgres, name)) !== 'away')
    throw refused(name, 'PostgreSQL answers', `Go back with it: outgrow stage ${name} shadow --by WHO --why TEXT`)
  await memory.change(() => broken)
  fileOf(parts).backfilling = true
  present.adopt(broken)
  parts.log.warn(
    { by, why, epoch: broken.epoch },
    'the glass was broken: the file is the authority, PostgreSQL does not know',
  )
  return broken
}

/** What is remembered once the glass is broken. Throws `refused` where the file may lack what was acknowledged. */
export function glassMemory(
  store: string,
  memory: StageMemory | undefined,
  { by, why }: { by: string; why: string },
): StageMemory {
  if (memory === undefined) throw refused(store, 'nothing beside it says in which stage it is')
  const { stage: from, epoch: fromEpoch, mirror, behind, changing } = memory
  if (from !== 'live' && from !== 'rampdown') throw refused(store, `it is in stage ${from}`)
  if (changing !== undefined)
    throw refused(store, `a change to ${changing.to} was under way, and only PostgreSQL knows of it`)
  if (mirror !== 'sync' || behind) throw refused(store, 'the file may lack writes that were acknowledged')
  const glass = { from, fromEpoch, by, why, at: new Date().toISOString() }
  return { ...memory, stage: 'shadow', epoch: fromEpoch + 1, serveNew: 0, backfill: true, glass }
}

/**
 * Tells PostgreSQL, now that it answers, that the file became the authority: the row is fenced to the epoch that was taken
 * without it, by compare-and-swap. Writes that were committed there and never acknowledged are listed, with both records, in
 * a file beside the store; then all keys are marked, so that PostgreSQL becomes like the file. A second run does nothing.
 */
export async function reconcile(parts: Parts): Promise<void> {
  const { owner, memory: own } = fileOf(parts)
  const memory = await own.read()
  if (memory?.glass === undefined) return
  const { glass, epoch } = memory
  await postgresOf(parts).pool.use((connection) => inTransaction(connection, (sql) => fenceTo(sql, parts, memory)))
  const path = join(owner.folder, `reconciled-epoch-${epoch}.jsonl`)
  const listed = await listUnacknowledged(parts, path)
  const figures = { ...glass, unacknowledged: listed, list: path }
  await recordEvidence(postgresOf(parts).pool, { store: parts.name, kind: 'reconciliation', epoch, figures })
  await own.change((known) => withoutGlass(known ?? memory))
  parts.log.warn(
    { epoch, unacknowledged: listed, list: path },
    'PostgreSQL was fenced to the epoch of the broken glass',
  )
}

function withoutGlass({ glass: _, ...settled }: StageMemory): StageMemory {
  return settled
}

async function fenceTo(sql: Connection, parts: Parts, memory: StageMemory): Promise<void> {
  const { glass, epoch } = memory
  if (glass === undefined) return
  await sql.query('lock table outgrow.stage in exclusive mode')
  const { rowCount } = await sql.query(
    `update outgrow.stage set stage = 'shadow', epoch = $3::bigint, serve_new = 0, changed_at = clock_timestamp(),
       changed_by = $4::text, why = $5::text
      where name = $1::text and (epoch = $2::bigint or (epoch = $3::bigint and stage = 'shadow'))`,
    [parts.name, glass.fromEpoch, epoch, glass.by, glass.why],
  )
  if (rowCount !== 1)
    throw new OutgrowError(
      'stale-epoch',
      `The stage of "${parts.name}" was changed in PostgreSQL after the glass was broken.`,
      {
        place: parts.name,
        next: 'Two authorities have taken writes: compare them with outgrow verify, and settle which one is right by hand.',
      },
    )
  await sql.query('delete from outgrow.dirty where store = $1::text', [parts.name])
  await appendAudit(sql, {
    actor: glass.by,
    act: 'break-glass',
    subject: parts.name,
    store: parts.name,
    figures: { from: glass.from, to: 'shadow', epoch, why: glass.why, at: glass.at },
    outcome: 'done',
  })
}

/** One line for each record in which PostgreSQL differs from the file: what it has is kept before it is overwritten. */
async function listUnacknowledged(parts: Parts, path: string): Promise<number> {
  let listed = 0
  await writeDurably(path, async (sink) => {
    for await (const { collection, key, postgres, file } of differing(parts)) {
      listed++
      await sink.write(
        Buffer.from(`${JSON.stringify({ collection, key, postgres: postgres ?? null, file: file ?? null })}\n`),
      )
    }
  })
  return listed
}

interface Differing {
  collection: string
  key: Key
  postgres: JsonRecord | undefined
  file: JsonRecord | undefined
}

async function* differing(parts: Parts): AsyncGenerator<Differing> {
  const { store, side } = fileOf(parts)
  const postgres = postgresOf(parts)
  for (const { name: collection } of parts.names.all()) {
    const seen = new Set<Key>()
    const compare = async function* (keys: Key[]): AsyncGenerator<Differing> {
      const records = await postgres.records(collection, keys)
      for (const key of keys) {
        const found = { collection, key, postgres: records.get(key), file: store.read(collection, key) }
        if (!sameJson(found.postgres, found.file)) yield found
      }
    }
    for await (const keys of postgres.keys(collection)) {
      for (const key of keys) seen.add(key)
      yield* compare(keys)
    }
    for await (const keys of side.keys(collection)) yield* compare(keys.filter((key) => !seen.has(key)))
  }
}

function refused(store: string, why: string, next?: string): OutgrowError {
  return new OutgrowError(
    'refused',
    `The file of "${store}" cannot be made the authority without PostgreSQL: ${why}.`,
    {
      place: store,
      next: next ?? 'Bring PostgreSQL back.',
    },
  )
}
