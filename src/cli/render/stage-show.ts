import type { StageDescription } from '../../rollout/change/describe.ts'
import { renderGates } from './gates.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { facts } from './table.ts'

/** Where a store stands, and what keeps it from the next stage. */
export function renderStage(report: StageDescription, style: Style): string {
  const { status, settings, next, traffic, deadLetters } = report
  const known: [string, string][] = [
    ['Stage', `${status.stage} (epoch ${status.epoch})`],
    ['Authority', status.authority],
    ['Mirror', status.mirror === undefined ? 'none' : `${status.mirror}, ${status.dirty.keys} keys behind`],
    ['Reads', `${settings.serveNew} % from PostgreSQL in shadow, ${settings.compare} % compared`],
    ['Compared', `${traffic.compares.done}, ${traffic.compares.differences} differences`],
    ['Fallbacks', `${traffic.fallbackReads} reads`],
    ['Dead letters', `${deadLetters.count}`],
  ]
  if (status.refused !== undefined) known.push(['Writes', status.refused])
  const letters = deadLetters.letters.map(({ collection, key, reason }) => printable(`${collection} ${key}: ${reason}`))
  const heading = next.forward === undefined ? '' : `To ${style.bold(next.forward)}:`
  return [
    `Store ${style.bold(printable(status.store))}`,
    facts(known),
    letters.join('\n'),
    heading,
    renderGates(next.gates, style),
  ]
    .filter((part) => part !== '')
    .join('\n\n')
}
