import type { GateResult } from '../../rollout/change/gate.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

/** The checklist, and below it how to mend what is red. */
export function renderGates(gates: readonly GateResult[], style: Style): string {
  if (gates.length === 0) return ''
  const rows = gates.map(({ id, ok, value, threshold, age }) => [ok ? 'ok' : 'RED', id, value, threshold, ageOf(age)])
  const fixes = gates.filter(({ ok }) => !ok).map(({ id, fix }) => `${style.yellow(id)}: ${printable(fix)}`)
  return [table(['', 'Gate', 'Found', 'Wanted', 'Age'], rows), fixes.join('\n')]
    .filter((part) => part !== '')
    .join('\n\n')
}

function ageOf(seconds: number | undefined): string {
  if (seconds === undefined) return ''
  if (seconds < 120) return `${Math.round(seconds)} s`
  return seconds < 7200 ? `${Math.round(seconds / 60)} min` : `${Math.round(seconds / 3600)} h`
}
