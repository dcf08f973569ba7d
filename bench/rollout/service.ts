/**
 * The Idea Bank in one of the ways of the bench, as a process: its argument is a Setting as JSON. It goes to its stage by
 * itself, no gate asked, and prints its address when it is there.
 */
import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { buildApp } from '../../services/idea-bank/app.ts'
import { openLowdbStore } from '../../services/idea-bank/lowdb-store.ts'
import { postgresStore } from '../../services/idea-bank/postgres/store.ts'
import { stagedStore } from '../../services/idea-bank/staged-store.ts'
import type { IdeaStore } from '../../services/idea-bank/store.ts'
import { changeTo } from '../../src/rollout/change/change.ts'
import { openStaged } from '../../src/rollout/open.ts'
import { STAGES, type Stage } from '../../src/rollout/postgres/stage.ts'
import { readPlan } from '../../src/schema/plan-file.ts'
import type { Contender } from './contenders.ts'
import { DurableFile } from './durable-adapter.ts'

export interface Setting {
  contender: Contender
  file: string
  database: string
  plan: string
}

const { contender, file, database, plan } = JSON.parse(process.argv[2] ?? '') as Setting

async function staged(stage: Stage): Promise<IdeaStore> {
  const opened = await openStaged({
    name: 'idea-bank',
    file,
    database,
    plan: readPlan(await readFile(plan, 'utf8'), plan),
  })
  opened.scene.isRehearsal = true
  for (const to of STAGES.slice(1, STAGES.indexOf(stage) + 1)) {
    await changeTo(opened.scene, { to, by: 'bench', why: 'bench' })
    await opened.settle()
  }
  return stagedStore(opened.store, 'ideas', randomUUID)
}

async function open(): Promise<IdeaStore> {
  if (contender.kind === 'staged') return staged(contender.stage)
  if (contender.kind === 'postgres') return postgresStore(database, randomUUID)
  return contender.kind === 'lowdb'
    ? openLowdbStore(file, randomUUID)
    : openLowdbStore(file, randomUUID, new DurableFile(file))
}

const app = await buildApp({ store: await open(), clock: () => new Date(), perMinute: 1e9 })
process.once('SIGTERM', () => void app.close())
process.stdout.write(`${await app.listen({ port: 0, host: '127.0.0.1' })}\n`)
