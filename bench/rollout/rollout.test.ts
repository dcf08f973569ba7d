import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { REPORT } from '../places.ts'
import { CONTENDERS } from './contenders.ts'
import { type Measurement, OPERATIONS } from './measure.ts'
import { readRolloutOptions } from './options.ts'
import { judgeRollout } from './verdicts.ts'

const RUN = fileURLToPath(new URL('run.ts', import.meta.url))

describe('bench:rollout --short', () => {
  it('measures every way and operation without an error, changes the authority under load, and leaves the page alone', async () => {
    const page = await readFile(REPORT, 'utf8')
    const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=outgrow-source', RUN, '--short'], {
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [said, talk, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    expect([code, talk]).toEqual([0, expect.not.stringContaining('Error')])
    for (const { name } of CONTENDERS)
      expect(said).toMatch(new RegExp(`\\| ${name} (\\| [\\d.]+ · [\\d.]+ / [\\d.]+ ){${OPERATIONS.length}}\\|`))
    for (const to of ['live', 'shadow']) expect(said).toMatch(new RegExp(`\\| ${to} \\| \\d+ \\| \\d+ \\| 0 \\|`))
    expect(await readFile(REPORT, 'utf8')).toBe(page)
  }, 600_000)
})

describe('judgeRollout', () => {
  const options = readRolloutOptions([])
  const measured = (contender: string, rate: number, more: Partial<Measurement> = {}): Measurement => ({
    ...{ contender, records: 10_000, clients: 16, operation: 'update', rate },
    ...{ answers: 1, errors: 0, seconds: 1, p50: 1, p95: 1, p99: 1, ...more },
  })
  const judged = (measurements: Measurement[]) =>
    judgeRollout(measurements, [], options).map(({ measured, met }) => [measured, met])

  it('takes ratios at the main size and count of clients alone', () => {
    const other = { records: 500 }
    expect(judged([measured('complete', 89), measured('postgres', 100)])).toEqual([['0.89 ×', false]])
    expect(judged([measured('dualwrite', 60), measured('durable', 100), measured('durable', 1, other)])).toEqual([
      ['0.60 ×', true],
    ])
    expect(judged([measured('complete', 1, other), measured('postgres', 1, other)])).toEqual([])
  })

  it('misses a crowd that waits too long or meets an error, and a cutover that was given up', () => {
    const crowd = { clients: 100, p95: 500, errors: 1 }
    expect(judged([measured('live', 1, crowd)])).toEqual([
      ['500 ms (update)', false],
      ['1', false],
    ])
    const cutover = { to: 'live', heldMs: undefined, errors: 0, answers: 1 } as const
    expect(judgeRollout([], [cutover], options)).toMatchObject([{ met: false }])
  })
})

describe('readRolloutOptions', () => {
  it('refuses what it does not know', () => {
    expect(() => readRolloutOptions(['--long'])).toThrow('--long')
    expect(() => readRolloutOptions(['--seconds', 'many'])).toThrow('above 0')
    expect(readRolloutOptions(['--seconds', '2']).seconds).toBe(2)
  })
})
