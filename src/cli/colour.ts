import type { Environment } from '../config/environment.ts'
import type { Screen } from './surroundings.ts'

/** Colours are for a person at a terminal who did not say no: by --no-color, NO_COLOR (no-color.org), or TERM=dumb. */
export function wantsColour(screen: Screen, env: Environment, flags: { color?: boolean }): boolean {
  return screen.isTTY === true && flags.color !== false && !env.NO_COLOR && env.TERM !== 'dumb'
}
