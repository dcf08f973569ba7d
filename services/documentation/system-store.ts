import type { JsonRecord } from 'outgrow/store'
import type { RecordStore } from '../web/record-routes.ts'
import type { Actor } from './change.ts'
import { NotedWork } from './noted.ts'
import type { DocumentationStore } from './store.ts'

/** The systems, each change noted on behalf of an actor. */
export function systemStore(store: DocumentationStore, actor: () => Actor): RecordStore<object> {
  const act = <T>(options: Parameters<DocumentationStore['transaction']>[1], fn: (noted: NotedWork) => Promise<T>) => {
    const who = actor()
    return store.transaction((work) => fn(new NotedWork(work, who)), options)
  }
  return {
    list: (_, options) => store.find('systems', { order: [{ by: 'createdAt', descending: true }] }, options),
    get: (id, options) => store.get('systems', id, options),
    add: async (make, options) => (await act(options, (noted) => noted.create('systems', make))) as JsonRecord,
    change: (id, next, options) => act(options, (noted) => noted.change('systems', id, next)),
    remove: (id, options) => act(options, (noted) => noted.remove('systems', id)),
  }
}
