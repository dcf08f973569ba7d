import type { Stage, StageRow } from '../postgres/stage.ts'
import { STAGE_RULES, type StageRules } from './rules.ts'

/** The stage under which a process acts, with the settings that may change within it. */
export type StageNow = Pick<StageRow, 'stage' | 'epoch' | 'serveNew' | 'compare' | 'mirror'>

/** A store that never had a stage. */
export const FIRST_STAGE: StageNow = { stage: 'off', epoch: 1, serveNew: 0, compare: 100, mirror: 'sync' }

/** What this process believes to be in force; all of its parts look here. */
export class Present {
  #now: StageNow
  #watchers: ((now: StageNow, before: StageNow) => void)[] = []

  constructor(now: StageNow) {
    this.#now = now
  }

  get now(): StageNow {
    return this.#now
  }

  get stage(): Stage {
    return this.#now.stage
  }

  get epoch(): number {
    return this.#now.epoch
  }

  get rules(): StageRules {
    return STAGE_RULES[this.#now.stage]
  }

  /** Takes over another stage, or other settings of it, and tells whoever watches. */
  adopt({ stage, epoch, serveNew, compare, mirror }: StageNow): void {
    const before = this.#now
    this.#now = { stage, epoch, serveNew, compare, mirror }
    for (const watcher of this.#watchers) watcher(this.#now, before)
  }

  watch(watcher: (now: StageNow, before: StageNow) => void): void {
    this.#watchers.push(watcher)
  }
}
