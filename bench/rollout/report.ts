import type { Verdict } from '../targets.ts'
import { CONTENDERS } from './contenders.ts'
import type { Cutover } from './cutover.ts'
import { type Measurement, OPERATIONS } from './measure.ts'

/** What one run measured. */
export interface RolloutResults {
  machine: string
  command: string
  seconds: number
  measurements: Measurement[]
  cutovers: Cutover[]
  verdicts: Verdict[]
}

/** The report as Markdown. */
export function rolloutReport({ machine, command, seconds, measurements, cutovers, verdicts }: RolloutResults): string {
  const groups = new Map<string, Measurement[]>()
  for (const one of measurements) {
    const name = `${one.records.toLocaleString('en')} records, ${one.clients} ${one.clients === 1 ? 'client' : 'clients'}`
    groups.set(name, [...(groups.get(name) ?? []), one])
  }
  const said = `Answers in a second, and p50 / p99 in milliseconds; ${seconds} s for each. A list is a page of 50.`
  return [
    `${machine}\n\nReproduce: \`${command}\``,
    table(
      ['way', 'what'],
      CONTENDERS.map(({ name, what }) => [`\`${name}\``, what]),
    ),
    said,
    ...[...groups].map(([name, group]) => `### ${name}\n\n${ratesOf(group)}`),
    `### The change of authority\n\n${table(
      ['to', 'writes held, ms', 'answers meanwhile', 'errors'],
      cutovers.map(({ to, heldMs, answers, errors }) => [to, `${heldMs ?? 'given up'}`, `${answers}`, `${errors}`]),
    )}`,
    `### Targets of the stages\n\n${table(
      ['target', 'measured', ''],
      verdicts.map(({ target, measured, met }) => [target, measured, met ? 'met' : '**missed**']),
    )}`,
  ].join('\n\n')
}

function ratesOf(group: readonly Measurement[]): string {
  const names = [...new Set(group.map(({ contender }) => contender))]
  const cell = (name: string, operation: string): string => {
    const one = group.find((it) => it.contender === name && it.operation === operation)
    if (one === undefined) return '–'
    const errors = one.errors === 0 ? '' : ` — **${one.errors} errors**`
    return `${one.rate.toFixed(one.rate < 10 ? 1 : 0)} · ${ms(one.p50)} / ${ms(one.p99)}${errors}`
  }
  const rows = names.map((name) => [name, ...OPERATIONS.map((operation) => cell(name, operation))])
  return table(['way', ...OPERATIONS], rows)
}

const ms = (value: number | null): string => (value === null ? '–' : value.toFixed(value < 10 ? 1 : 0))

function table(header: string[], rows: string[][]): string {
  const line = (cells: string[]): string => `| ${cells.join(' | ')} |`
  return [line(header), line(header.map(() => '---')), ...rows.map(line)].join('\n')
}

/** One line for each measurement. */
export function rolloutCsv({ measurements, cutovers }: RolloutResults): string {
  const lines = measurements.map((one) =>
    [
      ...[one.contender, one.records, one.clients, one.operation, one.rate.toFixed(1)],
      ...[one.p50, one.p95, one.p99].map((value) => value?.toFixed(3) ?? ''),
      one.errors,
    ].join(','),
  )
  const held = cutovers.map(({ to, heldMs, errors }) => `cutover to ${to},,,held,,${heldMs ?? ''},,,${errors}`)
  return `${['contender,records,clients,operation,per_second,p50_ms,p95_ms,p99_ms,errors', ...lines, ...held].join('\n')}\n`
}
