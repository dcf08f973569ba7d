/**
 * The Idea Bank as a process. Environment: PORT (3200), HOST (127.0.0.1), LIBRARY_DB_STRATEGY (lowdb, staged, postgres),
 * DB_PATH, OUTGROW_DATABASE_URL, STAGE_GATES (JSON), RATE_LIMIT_PER_MINUTE, LOG_LEVEL, and for fault tests OUTGROW_FAILPOINT
 * (name, or name:time). What it cannot start with it says in one line, and ends.
 */
import { serve } from '../web/serve.ts'
import { buildApp } from './app.ts'
import { openIdeaStore } from './open.ts'
import { readSettings } from './settings.ts'

await serve(process, {
  name: 'idea-bank',
  settings: readSettings,
  build: async (settings, log) => {
    const { perMinute } = settings
    const store = await openIdeaStore(settings, log, () => process.kill(process.pid, 'SIGKILL'))
    return buildApp({ store, clock: () => new Date(), log, ...(perMinute !== undefined && { perMinute }) })
  },
})
