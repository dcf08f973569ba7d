import type { Logger } from '../log.ts'
import { printable } from './render/printable.ts'
import type { Screen } from './surroundings.ts'

/** A logger for a person at a terminal: one line per message on stderr, details behind it. Debug lines only on demand. */
export function talkOn(stderr: Screen, options: { quiet: boolean; debug: boolean }): Logger {
  const say = (prefix: string) => (fields: Record<string, unknown>, message: string) => {
    const details = Object.entries(fields).map(([name, value]) => `${name}=${printable(textOf(value))}`)
    stderr.write(`${prefix}${printable(message)}${details.length > 0 ? ` (${details.join(', ')})` : ''}\n`)
  }
  const nothing = (): void => {}
  return {
    debug: options.debug ? say('Debug: ') : nothing,
    info: options.quiet ? nothing : say(''),
    warn: options.quiet ? nothing : say('Warning: '),
    error: say('Error: '),
  }
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? String(value))
}
