import type { FastifyBaseLogger, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { item } from '../ideas/answer-shapes.ts'
import { itemRoutes } from '../ideas/item-routes.ts'
import { type Clock, recordRoutes } from '../web/record-routes.ts'
import { openWeb, type Web } from '../web/web.ts'
import { actorOf } from './actor.ts'
import { fileShape } from './file.ts'
import { itemStore } from './item-store.ts'
import type { Parts } from './parts.ts'
import { fileRoutes } from './routes/files.ts'
import { linkRoutes } from './routes/links.ts'
import { overviewRoutes } from './routes/overview.ts'
import type { DocumentationStore } from './store.ts'
import { keepSwept } from './sweep.ts'
import { newSystem, newSystemRecord, systemChange, systemListing, systemOf, systemShape } from './system.ts'
import { systemStore } from './system-store.ts'
import { UploadFolder } from './upload-folder.ts'

export interface AppDeps {
  store: DocumentationStore
  /** Where the bytes of uploads lie. */
  uploads: string
  clock: Clock
  /** Makes names of stored bytes and ids of the change log. */
  uuid: () => string
  log?: FastifyBaseLogger
  perMinute?: number
  /** Named places where tests interrupt: `bytes-without-record`, `record-gone`. */
  failpoint?: (name: string) => void
}

const service = {
  name: 'documentation',
  title: 'Documentation',
  description: 'The systems of the trading platform, ideas about them, and the files that explain both.',
}

/** The documentation over any of its stores, not listening yet. Closing it closes the store, after the requests under way. */
export async function buildApp(deps: AppDeps): Promise<Web> {
  const { store, log, perMinute, clock } = deps
  const { app } = await openWeb({
    service,
    ready: () => store.ready(),
    ...(log !== undefined && { log }),
    ...(perMinute !== undefined && { perMinute }),
  })
  const parts = partsOf(deps, app)
  const stopSweeping = await keepSwept(parts, app.log)
  app.addHook('onClose', async () => {
    await stopSweeping()
    await store.close()
  })
  itemRoutes(
    app,
    (request) => itemStore(store, () => parts.actorOf(request), parts.bytesGone),
    clock,
    item.extend({ files: z.array(fileShape) }),
  )
  systemRoutes(app, parts)
  await fileRoutes(app, parts)
  linkRoutes(app, parts)
  overviewRoutes(app, parts)
  await app.ready()
  return app
}

function partsOf({ store, uploads, clock, uuid, failpoint = () => {} }: AppDeps, app: Web): Parts {
  const folder = new UploadFolder(uploads, uuid)
  return {
    store,
    folder,
    clock,
    failpoint,
    actorOf: (request: FastifyRequest) => actorOf(request, clock, uuid),
    bytesGone: async (names) => {
      failpoint('record-gone')
      for (const name of names)
        await folder.remove(name).catch((err: unknown) => app.log.warn({ err, name }, 'Bytes could not be removed.'))
    },
  }
}

function systemRoutes(app: Web, { store, clock, actorOf: actor }: Parts): void {
  recordRoutes(app, {
    path: '/api/systems',
    noun: 'System',
    shape: systemShape,
    listing: systemListing,
    fresh: newSystem,
    change: systemChange,
    make: newSystemRecord,
    present: systemOf,
    store: (request) => systemStore(store, () => actor(request)),
    clock,
  })
}
