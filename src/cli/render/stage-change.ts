import type { ChangeOutcome } from '../../rollout/change/under-way.ts'
import { renderGates } from './gates.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'

/** What came of a change of stage. */
export function renderChange(report: ChangeOutcome, name: string, style: Style): string {
  const store = `"${printable(name)}"`
  switch (report.outcome) {
    case 'unchanged':
      return `Store ${store} is in stage ${report.stage} already (epoch ${report.epoch}).`
    case 'refused':
      return `${renderGates(report.gates, style)}\n\n${style.red('Refused:')} store ${store} stays in stage ${report.from}; a gate to ${report.to} is red.`
    case 'dry-run':
      return [
        renderGates(report.gates, style),
        `To go from ${report.from} to ${report.to}:\n${report.steps.map(({ title }, at) => `  ${at + 1}. ${title}`).join('\n')}`,
        'Nothing was changed.',
      ]
        .filter((part) => part !== '')
        .join('\n\n')
    case 'changed':
      return [
        renderGates(report.gates, style),
        `${style.green('Changed:')} store ${store} is in stage ${style.bold(report.to)} now (epoch ${report.epoch})${heldFor(report.figures)}.`,
      ]
        .filter((part) => part !== '')
        .join('\n\n')
  }
}

function heldFor({ heldMs }: Record<string, unknown>): string {
  return typeof heldMs === 'number' ? `; writes were held for ${heldMs} ms` : ''
}
