import { type Logger as Pino, pino } from 'pino'

/** JSON lines on standard output; bodies, cookies and credentials are never logged. */
export function openLog(service: string, level = 'info'): Pino {
  return pino({ name: service, level, redact: ['req.headers.authorization', 'req.headers.cookie'] })
}
