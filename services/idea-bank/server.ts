/**
 * The Idea Bank as a process. Environment: PORT (3200), HOST (127.0.0.1), LIBRARY_DB_STRATEGY (lowdb, staged, postgres),
 * DB_PATH, OUTGROW_DATABASE_URL, RATE_LIMIT_PER_MINUTE, LOG_LEVEL, STAGE_GATES (a JSON object of thresholds), and for fault
 * tests OUTGROW_FAILPOINT (name, or name:time). What it cannot start with it says in one line, and ends.
 */
import { openLog } from '../web/log.ts'
import { stopOnSignals } from '../web/stop.ts'
import { buildApp } from './app.ts'
import { openIdeaStore } from './open.ts'
import { readSettings } from './settings.ts'

try {
  const settings = readSettings(process.env)
  const { port, host, strategy, perMinute } = settings
  const log = openLog('idea-bank', settings.logLevel)
  const store = await openIdeaStore(settings, log, () => process.kill(process.pid, 'SIGKILL'))
  const app = await buildApp({ store, clock: () => new Date(), log, ...(perMinute !== undefined && { perMinute }) })
  stopOnSignals(app, process)
  await app.listen({ port, host })
  log.info({ strategy, docs: '/docs' }, 'The Idea Bank is open.')
} catch (error) {
  const { message, next } = error as Error & { next?: string }
  process.stderr.write(`idea-bank cannot start: ${message}${next === undefined ? '' : ` ${next}`}\n`)
  process.exit(1)
}
