import type { Check } from '../../postgres/preconditions.ts'
import { counted } from './figures.ts'
import { printable } from './printable.ts'
import type { Style } from './style.ts'
import { table } from './table.ts'

export function renderDoctor({ checks }: { checks: readonly Check[] }, style: Style): string {
  const wrong = checks.filter((check) => !check.ok)
  const errors = wrong.filter((check) => check.severity === 'error')
  const rows = checks.map(({ id, severity, ok, found, wanted }) => [id, ok ? 'ok' : severity, found, wanted])
  const fixes = wrong.map(({ id, fix }) => `${style.yellow(id)}: ${printable(fix)}`)
  const verdict =
    errors.length > 0
      ? style.red(`Not fit: ${counted(errors.length, 'error')}; a run would be refused.`)
      : style.green('Fit for a run.')
  return [table(['Check', 'Result', 'Found', 'Wanted'], rows), fixes.join('\n'), verdict]
    .filter((part) => part !== '')
    .join('\n\n')
}
