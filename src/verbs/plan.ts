import { mkdir, readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { writeTextDurably } from '../jsonstore/durable.ts'
import { emitDrizzle } from '../schema/emit/drizzle.ts'
import { emitKysely } from '../schema/emit/kysely.ts'
import { emitPrisma } from '../schema/emit/prisma.ts'
import { type MigrationFile, migrationFiles } from '../schema/migration-file.ts'
import { snakeCase } from '../schema/names.ts'
import type { Plan } from '../schema/plan.ts'
import { writePlan } from '../schema/plan-file.ts'
import { PLAN_SCHEMA_FILE, planJsonSchema } from '../schema/plan-shape.ts'
import { openStore, planOf } from './open-store.ts'

/** What `--emit` can write beside a plan. */
export const EMITTERS = {
  prisma: { file: 'schema.prisma', emit: emitPrisma },
  drizzle: { file: 'schema.drizzle.ts', emit: emitDrizzle },
  kysely: { file: 'schema.kysely.ts', emit: emitKysely },
} as const

export type Emitter = keyof typeof EMITTERS

export interface PlanReport {
  store: string
  /** Paths of the files written. */
  files: string[]
  plan: Plan
}

export interface PlanRequest {
  name: string
  /** Folder for the files; made when absent. */
  out: string
  emit?: Emitter | undefined
  duplicateKeys: 'refuse' | 'last'
  work: string
}

/**
 * Infers a plan from every record and writes it, its JSON schema, and the expand and contract migrations. The same store
 * gives the same bytes; migration files that are there already keep their numbers, and none is overwritten.
 */
export async function plan(file: string, request: PlanRequest): Promise<PlanReport> {
  const store = await openStore(file, request.name, request)
  try {
    const made = await planOf(store)
    return { store: request.name, files: await writeFiles(made, request), plan: made }
  } finally {
    await store.close()
  }
}

async function writeFiles(made: Plan, { out, name, emit }: PlanRequest): Promise<string[]> {
  await mkdir(out, { recursive: true })
  const stem = snakeCase(name) || 'store'
  const files: [string, string][] = [
    [`${stem}.plan.json`, writePlan(made)],
    [PLAN_SCHEMA_FILE, `${JSON.stringify(planJsonSchema(), null, 2)}\n`],
    ...migrationFiles(made, await existingMigrations(out)).map((one): [string, string] => [one.name, one.text]),
  ]
  if (emit) files.push([`${stem}.${EMITTERS[emit].file}`, EMITTERS[emit].emit(made)])
  for (const [file, text] of files) await writeTextDurably(join(out, file), text)
  return files.map(([file]) => join(out, file))
}

async function existingMigrations(folder: string): Promise<MigrationFile[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{3,}_.*\.sql$/.test(name)).sort()
  return Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })))
}
