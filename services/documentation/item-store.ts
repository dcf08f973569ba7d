import type { JsonRecord } from 'outgrow/store'
import { type ListQuery, storeQuery } from '../ideas/list-query.ts'
import type { RecordStore } from '../web/record-routes.ts'
import type { Actor } from './change.ts'
import { filesOf, withFiles, withItsFiles } from './files-of.ts'
import { NotedWork } from './noted.ts'
import type { DocumentationStore, Work } from './store.ts'

/** The ideas with their files, each change noted on behalf of an actor. `gone`: the bytes whose records were removed. */
export function itemStore(
  store: DocumentationStore,
  actor: () => Actor,
  gone: (storedNames: string[]) => Promise<void>,
): RecordStore<ListQuery> {
  return {
    list: async (query, options) => withFiles(store, await store.find('ideas', storeQuery(query), options), options),
    get: async (id, options) => {
      const idea = await store.get('ideas', id, options)
      return idea && withItsFiles(idea, await filesOf(store, id, options))
    },
    add: async (make, options) => {
      const who = actor()
      const act = async (work: Work) => withItsFiles(await new NotedWork(work, who).create('ideas', make), [])
      return (await store.transaction(act, options)) as JsonRecord
    },
    change: (id, next, options) => {
      const who = actor()
      return store.transaction(async (work) => {
        const idea = await new NotedWork(work, who).change('ideas', id, next)
        return idea && withItsFiles(idea, await filesOf(work, id))
      }, options)
    },
    remove: async (id, options) => {
      const who = actor()
      const idea = await store.transaction((work) => removeIdea(new NotedWork(work, who), id), options)
      if (idea !== undefined) await gone(storedNames(idea))
      return idea
    },
  }
}

/** The idea goes first, which keeps uploads to it away until it is gone for them too. */
async function removeIdea(noted: NotedWork, id: string): Promise<JsonRecord | undefined> {
  const idea = await noted.remove('ideas', id)
  if (idea === undefined) return undefined
  const files = await filesOf(noted.work, id)
  for (const file of files) if (typeof file.id === 'string') await noted.remove('files', file.id)
  return withItsFiles(idea, files)
}

function storedNames({ files }: JsonRecord): string[] {
  return Array.isArray(files) ? files.flatMap((file) => storedNameOf(file as JsonRecord) ?? []) : []
}

function storedNameOf({ storedName }: JsonRecord): string | undefined {
  return typeof storedName === 'string' ? storedName : undefined
}
