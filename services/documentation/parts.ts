import type { FastifyRequest } from 'fastify'
import type { Clock } from '../web/record-routes.ts'
import type { Actor } from './change.ts'
import type { DocumentationStore } from './store.ts'
import type { UploadFolder } from './upload-folder.ts'

/** What the routes work with. */
export interface Parts {
  store: DocumentationStore
  folder: UploadFolder
  clock: Clock
  actorOf(request: FastifyRequest): Actor
  /** Removes bytes whose records are gone. What cannot be removed is logged, and left to the sweep. */
  bytesGone(storedNames: string[]): Promise<void>
  /** Named places where tests interrupt. */
  failpoint(name: string): void
}
