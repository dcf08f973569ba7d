import type { Json, JsonRecord, ReadOptions, Where } from 'outgrow/store'
import type { Idea } from '../ideas/idea.ts'
import { fileOf } from './file.ts'
import type { Reading } from './store.ts'

/** Up to this number of ideas their files are asked for by name; for more, all are read. */
const MOST_BY_NAME = 100

const OLDEST_FIRST = [{ by: 'uploaded_at' }]

/** The records of an idea's files, oldest first, ties by id. */
export function filesOf(store: Reading, ideaId: string, options?: ReadOptions): Promise<JsonRecord[]> {
  return store.find('files', { where: { idea_id: ideaId }, order: OLDEST_FIRST }, options)
}

/** The ideas, each with its `files` as they are answered. */
export async function withFiles(store: Reading, ideas: Idea[], options?: ReadOptions): Promise<Idea[]> {
  if (ideas.length === 0) return []
  const ids = ideas.flatMap(({ id }) => (typeof id === 'string' ? [id] : []))
  const where: Where = ids.length > MOST_BY_NAME ? {} : { idea_id: { in: ids } }
  const files = await store.find('files', { where, order: OLDEST_FIRST }, options)
  const byIdea = new Map<Json, JsonRecord[]>(ids.map((id) => [id, []]))
  for (const file of files) byIdea.get(file.idea_id ?? null)?.push(file)
  return ideas.map((idea) => withItsFiles(idea, byIdea.get(idea.id ?? null) ?? []))
}

/** What an old record calls `files` itself stays in the store; the answer has those that were uploaded. */
export function withItsFiles({ files: _, ...idea }: Idea, files: JsonRecord[]): Idea {
  return { ...idea, files: files.map(fileOf) as Json[] }
}
