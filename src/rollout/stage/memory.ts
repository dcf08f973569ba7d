import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { OutgrowError } from '../../errors.ts'
import { writeTextDurably } from '../../jsonstore/durable.ts'
import { errnoOf } from '../../jsonstore/file-error.ts'
import { STAGES } from '../postgres/stage.ts'
import type { StageNow } from './present.ts'

const stage = z.enum(STAGES)
const epoch = z.int().positive()

const shape = z.object({
  store: z.string(),
  stage,
  epoch,
  serveNew: z.int().min(0).max(100),
  compare: z.int().min(0).max(100),
  mirror: z.enum(['sync', 'async']),
  /** A change that was about to be committed in PostgreSQL: only PostgreSQL knows whether it was. */
  changing: z.object({ to: stage, epoch }).optional(),
  /** Not all keys have been marked for the mirror yet. */
  backfill: z.boolean().optional(),
  /** Writes were acknowledged that the file does not have, since it could not be written: it cannot become the authority. */
  behind: z.boolean().optional(),
  /** The file was made the authority without PostgreSQL, which still has this stage and does not know. */
  glass: z.object({ from: stage, fromEpoch: epoch, by: z.string(), why: z.string(), at: z.string() }).optional(),
})

/**
 * What the owner of a store remembers of its stage beside the file, so that it can start, and stay in the stages in which the
 * file is the authority, while PostgreSQL is away. The row in PostgreSQL is the truth wherever the two can be compared.
 */
export type StageMemory = z.infer<typeof shape>

const NAME = 'stage.json'

/** Undefined when the store never had a stage here. Throws `source-damaged` for a file that is none of ours. */
export async function readMemory(folder: string): Promise<StageMemory | undefined> {
  const path = join(folder, NAME)
  try {
    return shape.parse(JSON.parse(await readFile(path, 'utf8')))
  } catch (error) {
    if (errnoOf(error) === 'ENOENT') return undefined
    if (!(error instanceof SyntaxError) && !(error instanceof z.ZodError)) throw error
    throw new OutgrowError('source-damaged', `What the store remembers of its stage cannot be read: ${path}`, {
      place: path,
      next: 'Restore the file from a backup, or remove it when PostgreSQL can be reached and knows the stage.',
      cause: error,
    })
  }
}

/** Durable when it returns; the former memory stays whole until then. */
export async function writeMemory(folder: string, memory: StageMemory): Promise<void> {
  await writeTextDurably(join(folder, NAME), `${JSON.stringify(memory, undefined, 2)}\n`)
}

/** What is remembered of a stage that is in force, and settled. */
export function memoryFor(
  store: string,
  { stage, epoch, serveNew, compare, mirror }: StageNow,
  more: Pick<StageMemory, 'backfill' | 'behind'> = {},
): StageMemory {
  return { store, stage, epoch, serveNew, compare, mirror, ...more }
}

/** The memory in the hands of the owner: one change after the other, each made on what the former left. */
export class OwnMemory {
  readonly #folder: string
  #last: Promise<unknown> = Promise.resolve()

  constructor(folder: string) {
    this.#folder = folder
  }

  read(): Promise<StageMemory | undefined> {
    return this.change((memory) => memory)
  }

  /** Durable when it returns. `next` that gives back what it got changes nothing. */
  change<T extends StageMemory | undefined>(next: (memory: StageMemory | undefined) => T): Promise<T> {
    const turn = this.#last.then(async () => {
      const memory = await readMemory(this.#folder)
      const changed = next(memory)
      if (changed !== undefined && changed !== memory) await writeMemory(this.#folder, changed)
      return changed
    })
    this.#last = turn.catch(() => {
      // Whoever asked for the change is told; the next one begins from what is there.
    })
    return turn
  }
}
