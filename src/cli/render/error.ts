import { isOutgrowError } from '../../errors.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** What a failed command prints on stdout with --json, as member `error`. */
export interface ErrorReport {
  code: string
  message: string
  place: string | null
  next: string | null
}

export function errorReport(error: unknown): ErrorReport {
  if (isOutgrowError(error))
    return { code: error.code, message: error.message, place: error.place ?? null, next: error.next ?? null }
  return { code: 'failure', message: firstLine(error), place: null, next: null }
}

/**
 * One line for what happened, one for what to do next. A usage error and one that nobody foresaw are a single line. A
 * place that the message already names is not said twice.
 */
export function renderError(error: unknown, style: Style): string {
  const { code, message, place, next } = errorReport(error)
  const at = place && !message.includes(place) ? ` (at ${printable(place)})` : ''
  const what = `${style.red('Error:')} ${printable(message)}${at}`
  if (!isOutgrowError(error)) return `${what} (OUTGROW_DEBUG=1 shows where)\n`
  if (next === null) return `${what}\n`
  return code === 'usage' ? `${what} ${printable(next)}\n` : `${what}\nNext: ${printable(next)}\n`
}

/** The stack with those of its causes, for OUTGROW_DEBUG=1. */
export function renderStack(error: unknown): string {
  if (!(error instanceof Error)) return `${String(error)}\n`
  const cause = error.cause === undefined ? '' : `caused by ${renderStack(error.cause)}`
  return `${error.stack ?? error.message}\n${cause}`
}

function firstLine(error: unknown): string {
  const text = error instanceof Error ? error.message || error.name : String(error)
  return text.split('\n', 1)[0] ?? ''
}
