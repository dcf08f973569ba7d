import { cpus, totalmem } from 'node:os'

/** One line on what the figures were taken with: they mean little without it. */
export function machineLine(postgres: string, now: Date): string {
  const cores = cpus()
  return [
    cores[0]?.model.trim() ?? 'unknown processor',
    `${cores.length} ${cores.length === 1 ? 'core' : 'cores'}`,
    `${Math.round(totalmem() / 2 ** 30)} GiB of memory`,
    `${process.platform} ${process.arch}`,
    `Node ${process.version.slice(1)}`,
    postgres,
    now.toISOString().slice(0, 10),
  ].join(' · ')
}
