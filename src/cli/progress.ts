import type { ProgressEvent } from '../verbs/context.ts'
import { progressLine } from './render/progress-line.ts'
import type { Screen } from './surroundings.ts'

export interface Progress {
  show(event: ProgressEvent): void
  /** stderr for everybody else: what is written there stands above the live line. */
  screen: Screen
  /** Takes the live line away. */
  end(): void
}

const LIVE_EVERY_MS = 100
const PLAIN_EVERY_MS = 5_000
const CLEAR_LINE = '\r\u001b[2K'

/**
 * Progress on stderr: on a terminal one line that is redrawn at most ten times a second; elsewhere a plain line at most
 * every five seconds, so that a short command says nothing and a log is not flooded. Nothing at all when quiet.
 */
export function progressOn(stderr: Screen, options: { quiet: boolean; now?: () => number }): Progress {
  const now = options.now ?? (() => performance.now())
  const live = stderr.isTTY === true
  let drawn = false
  let last: number | undefined
  let current = { key: '', since: 0 }
  const clear = (): void => {
    if (drawn) stderr.write(CLEAR_LINE)
    drawn = false
  }
  const draw = (line: string): void => {
    stderr.write(live ? CLEAR_LINE + line.slice(0, Math.max(20, (stderr.columns || 80) - 1)) : `${line}\n`)
    drawn = live
  }
  const show = (event: ProgressEvent): void => {
    const at = now()
    const key = `${event.phase} ${event.collection ?? ''}`
    if (key !== current.key) current = { key, since: at }
    // What is over within one interval is not worth a line in a log; at a terminal the first one shows at once.
    last ??= live ? Number.NEGATIVE_INFINITY : at
    if (at - last < (live ? LIVE_EVERY_MS : PLAIN_EVERY_MS)) return
    last = at
    draw(progressLine(event, (at - current.since) / 1000))
  }
  const screen: Screen = {
    write: (text) => {
      clear()
      stderr.write(text)
    },
    isTTY: stderr.isTTY,
    columns: stderr.columns,
  }
  return { show: options.quiet ? () => {} : show, screen, end: clear }
}
