import { writeFile } from 'node:fs/promises'
import { connect } from '../../src/postgres/connect.ts'
import { changeTo } from '../../src/rollout/change/change.ts'
import { openStaged, type Staged } from '../../src/rollout/open.ts'
import { ensureStage, STAGES, type Stage } from '../../src/rollout/postgres/stage.ts'
import type { StoreOptions } from '../../src/rollout/store/api.ts'
import { writePlan } from '../../src/schema/plan-file.ts'
import { emptyDocument, sidePlan } from '../contract/side-plan.ts'
import { type Lab, move, openLab } from './verbs.ts'

/** A store that was migrated, and can be opened in any stage. */
export interface StagedLab {
  lab: Lab
  file: string
  name: string
  open(more?: Partial<StoreOptions>): Promise<Staged>
  close(): Promise<void>
}

/** Waits that a test can afford; no gate is asked, as in a rehearsal. */
const TIMING = { poll: 50, pause: 10, mostPause: 50 }

/** A lab with the store of the side contract, holding `document`. */
export async function openStagedLab(document: object = emptyDocument): Promise<StagedLab> {
  const lab = await openLab()
  const file = await lab.file(`${JSON.stringify(document, null, 2)}`)
  const plan = lab.path('plan.json')
  await writeFile(plan, writePlan(sidePlan))
  const name = sidePlan.store
  await move(lab, file, { name, planFile: plan })
  const connection = await connect(lab.context.url)
  await ensureStage(connection, { name, by: 'test', why: 'test' })
  await connection.end()
  return {
    lab,
    file,
    name,
    open: async (more = {}) => {
      const staged = await openStaged({
        name,
        file,
        plan: sidePlan,
        database: lab.context.url,
        ...more,
        timing: { ...TIMING, ...more.timing },
      })
      staged.scene.isRehearsal = true
      return staged
    },
    close: () => lab.close(),
  }
}

/** Takes a store to a stage, step by step, in either direction. */
export async function goTo({ scene, settle }: Staged, to: Stage): Promise<void> {
  for (;;) {
    const { stage } = scene.parts.present
    if (stage === to) return
    const step = STAGES[STAGES.indexOf(stage) + (STAGES.indexOf(to) > STAGES.indexOf(stage) ? 1 : -1)] as Stage
    const outcome = await changeTo(scene, { to: step, by: 'test', why: 'test' })
    if (outcome.outcome !== 'changed') throw new Error(`${stage} → ${step}: ${outcome.outcome}`)
    await settle()
  }
}
