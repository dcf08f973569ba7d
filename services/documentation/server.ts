/**
 * The Documentation as a process. Environment: PORT (5175), HOST (127.0.0.1), DOCUMENTATION_DB_STRATEGY (lowdb, staged,
 * postgres), DB_PATH, UPLOAD_DIR, OUTGROW_DATABASE_URL, STAGE_GATES (JSON), RATE_LIMIT_PER_MINUTE, LOG_LEVEL. What it
 * cannot start with it says in one line, and ends.
 */
import { randomUUID } from 'node:crypto'
import { serve } from '../web/serve.ts'
import { buildApp } from './app.ts'
import { openDocumentationStore, UPLOADS } from './open.ts'
import { readSettings } from './settings.ts'

await serve(process, {
  name: 'documentation',
  settings: readSettings,
  build: async (settings, log) => {
    const { perMinute, uploads = UPLOADS } = settings
    const store = await openDocumentationStore(settings, log)
    const parts = { store, uploads, clock: () => new Date(), uuid: randomUUID, log }
    return buildApp({ ...parts, ...(perMinute !== undefined && { perMinute }) })
  },
})
