import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, vi } from 'vitest'
import { listBackups } from '../../src/backup/list-backups.ts'
import { verifyBackup } from '../../src/backup/verify-backup.ts'
import type { BackupRecord } from '../../src/journal/runs.ts'
import { qualified } from '../../src/postgres/ident.ts'
import { exportStore } from '../../src/verbs/export.ts'
import { auditCheck } from '../../src/verbs/log.ts'
import type { Scene } from './scene.ts'

/** SHA-256 of the rows of every table outside of our bookkeeping, as text; the same data give the same digests. */
export async function digests(scene: Scene): Promise<Record<string, string>> {
  const tables = await scene.rows<{ schema: string; name: string }>(
    `select schemaname as schema, tablename as name from pg_tables
      where schemaname not in ('pg_catalog', 'information_schema', 'outgrow') order by 1, 2`,
  )
  const found: Record<string, string> = {}
  for (const { schema, name } of tables) {
    const [row] = await scene.rows<{ digest: string }>(
      `select count(*) || ':' || encode(sha256(convert_to(coalesce(string_agg(t::text, e'\\n' order by t::text collate "C"),
         ''), 'UTF8')), 'hex') as digest from ${qualified(schema, name)} t`,
    )
    found[`${schema}.${name}`] = row?.digest ?? ''
  }
  return found
}

export async function sha256(path: string): Promise<string> {
  return createHash('sha256')
    .update(await readFile(path))
    .digest('hex')
}

/** Waits until no session of outgrow is left in the database: a killed process's end when the server has seen it go. */
export async function sessionsGone(scene: Scene): Promise<void> {
  await vi.waitFor(
    async () => {
      const left = await scene.rows(
        `select application_name, state, query from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
      )
      expect(left).toEqual([])
    },
    { timeout: 20_000, interval: 20 },
  )
}

/** Files that only a process at work, or one that was killed, can have left. */
export async function leftovers(scene: Scene): Promise<string[]> {
  const all = await readdir(scene.root, { recursive: true })
  return all.filter((path) => /\.partial(\/|$)|\.tmp$|^work\/./.test(path))
}

/** The kinds of the store's backups, oldest first. */
export async function backupKinds(scene: Scene): Promise<string[]> {
  return (await listBackups(scene.context().backups, 'shop')).map((backup) => backup.kind)
}

interface RunRow {
  id: string
  verb: string
  status: string
  source_sha256: string | null
  backup_before: BackupRecord | null
  backup_after: BackupRecord | null
}

export function runsOf(scene: Scene): Promise<RunRow[]> {
  return scene.rows<RunRow>(
    `select id, verb, status, source_sha256, backup_before, backup_after from outgrow.run order by seq`,
  )
}

/** Everything that holds when a migration of the scene's store is done, disturbed or not. `runs`: committed in all. */
export async function expectDone(scene: Scene, { runs }: { runs: number }): Promise<void> {
  const recorded = (await runsOf(scene)).filter((run) => run.verb === 'migrate' && run.status === 'committed')
  expect(recorded).toHaveLength(runs)
  const source = await sha256(scene.file)
  expect(recorded.filter((run) => run.source_sha256 === source)).toHaveLength(1)
  for (const run of recorded) await expectRecorded(scene, run)
  expect(await leftovers(scene)).toEqual([])
  await expectChained(scene)
  const out = join(scene.root, 'exported.json')
  await exportStore(scene.context(), 'shop', out)
  expect(JSON.parse(await readFile(out, 'utf8'))).toEqual(JSON.parse(await readFile(scene.file, 'utf8')))
  await sessionsGone(scene)
}

/** A committed run has both backups, whole and as recorded, one row and one page in the migration log, one audit entry. */
async function expectRecorded(scene: Scene, run: RunRow): Promise<void> {
  for (const backup of [run.backup_before, run.backup_after]) {
    const report = await verifyBackup(backup?.path ?? '', { manifestSha256: backup?.sha256 ?? '' })
    expect(report.problems).toEqual([])
  }
  const entries = await scene.rows<{ page: string }>('select page from outgrow.migration_log where run = $1::uuid', [
    run.id,
  ])
  expect(entries).toHaveLength(1)
  const page = await readFile(join(scene.root, 'pages', entries[0]?.page ?? ''), 'utf8')
  expect(page).toContain(run.id)
  expect(page).toContain(run.backup_after?.path)
  expect(await readFile(join(scene.root, 'pages', 'README.md'), 'utf8')).toContain(entries[0]?.page)
  const acts = await scene.rows(
    `select seq from outgrow.audit_log where act = 'migrate' and outcome = 'done' and figures->>'run' = $1::text`,
    [run.id],
  )
  expect(acts).toHaveLength(1)
}

async function expectChained(scene: Scene): Promise<void> {
  expect(await auditCheck(scene.context())).toMatchObject({ ok: true })
  for (const backup of await listBackups(scene.context().backups, 'shop')) {
    expect(backup.state).toBe('ok')
    expect((await verifyBackup(backup.path)).problems).toEqual([])
  }
}

/** Nothing of the store is in the database, and nothing unfinished on the disk. */
export async function expectNothing(scene: Scene): Promise<void> {
  const schemas = await scene.rows(`select nspname from pg_namespace where nspname = 'shop'`)
  expect(schemas).toEqual([])
  expect(await digests(scene)).toEqual({})
  expect(await leftovers(scene)).toEqual([])
}

/** The newest entry of the audit log says that the act was refused with this code. */
export async function expectRefusal(scene: Scene, act: string, code: string, outcome = 'refused'): Promise<void> {
  const [last] = await scene.rows(
    `select act, outcome, figures->>'code' as code from outgrow.audit_log order by seq desc limit 1`,
  )
  expect(last).toEqual({ act, outcome, code })
  expect(await auditCheck(scene.context())).toMatchObject({ ok: true })
}

/** Everything that holds when rollbacks are done: each once in every log, and what is left of the backups is whole. */
export async function expectUndone(
  scene: Scene,
  { inForce, undone }: { inForce: number; undone: number },
): Promise<void> {
  const runs = await runsOf(scene)
  const migrations = runs.filter((run) => run.verb === 'migrate').map((run) => run.status)
  expect(migrations.filter((status) => status === 'committed')).toHaveLength(inForce)
  expect(migrations.filter((status) => status === 'rolled_back')).toHaveLength(undone)
  const rollbacks = runs.filter((run) => run.verb === 'rollback')
  expect(rollbacks).toHaveLength(undone)
  for (const { id } of rollbacks) {
    const entries = await scene.rows<{ page: string }>('select page from outgrow.migration_log where run = $1::uuid', [
      id,
    ])
    expect(entries).toHaveLength(1)
    const page = await readFile(join(scene.root, 'pages', entries[0]?.page ?? ''), 'utf8')
    expect(page).toContain('status: rolled-back')
    expect(page).toContain(id)
  }
  const acts = await scene.rows(`select seq from outgrow.audit_log where act = 'rollback' and outcome = 'done'`)
  expect(acts).toHaveLength(undone)
  expect(await leftovers(scene)).toEqual([])
  await expectChained(scene)
  await sessionsGone(scene)
}
