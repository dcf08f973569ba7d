import { type Check, checkDisk, checkTarget, refusals } from '../../postgres/preconditions.ts'
import { openDeadLetters } from '../postgres/dead-letter.ts'
import type { PgSide } from '../postgres/side.ts'
import { latestEvidence } from '../stage/evidence.ts'
import { fileOf, postgresOf } from '../store/authority.ts'
import type { OwnedFile } from '../store/owned-file.ts'
import type { TrafficFigures } from '../store/traffic.ts'
import { type Backup, recordedBackup } from './environment.ts'
import type { GateResult } from './gate.ts'
import type { ChangeRequest, ChangeScene } from './under-way.ts'

/** What the gates look at, read once. */
export interface GateSight extends ChangeScene {
  request: ChangeRequest
  file: OwnedFile
  postgres: PgSide
  evidence: Awaited<ReturnType<typeof latestEvidence>>
  deadLetters: Awaited<ReturnType<typeof openDeadLetters>>
  traffic: TrafficFigures
  newestBackup: Backup | undefined
  targetProblems: Check[]
  disk: Check
  fileBytes: number
  /** Seconds since the stage was last changed, and the keys that wait for the file, when PostgreSQL is the authority. */
  stageAge: number
  backlog: { marks: number; age: number }
}

/** A condition, judged by what was seen. */
export type Gate = (sight: GateSight) => Promise<GateResult> | GateResult

export async function lookAround(scene: ChangeScene, request: ChangeRequest): Promise<GateSight> {
  const { parts, thresholds } = scene
  const file = fileOf(parts)
  const postgres = postgresOf(parts)
  const { pool } = postgres
  const fileBytes = file.store.bytes
  const { rows } = await pool.query<{ age: string }>(
    `select extract(epoch from clock_timestamp() - changed_at) as age from outgrow.stage where name = $1::text`,
    [parts.name],
  )
  return {
    ...scene,
    request,
    file,
    postgres,
    evidence: await latestEvidence(pool, parts.name),
    deadLetters: await openDeadLetters(pool, parts.name),
    traffic: parts.traffic.figures(),
    newestBackup: await recordedBackup(pool, parts.name),
    targetProblems: refusals(await pool.use((connection) => checkTarget(connection))),
    disk: await checkDisk(file.owner.folder, fileBytes * thresholds.diskFactor),
    fileBytes,
    stageAge: Number(rows[0]?.age ?? 0),
    backlog: await postgres.dirtyBacklog(),
  }
}
