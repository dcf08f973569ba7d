import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { Figures } from './figures.ts'
import { startIdeaServer } from './idea-server.ts'
import { measure } from './measure.ts'
import { readOptions } from './options.ts'
import { reportOf, tableOf } from './report.ts'

test('a measured run reports times, errors and verdicts, the file that was read all the while among them', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'outgrow-measure-'))
  const server = await startIdeaServer()
  try {
    const file = join(folder, 'store.json')
    await writeFile(file, '{"ideas": [')
    const of = { url: server.url, clients: 2, keys: 5, operations: 30, seed: 1, signal: new AbortController().signal }
    const report = await measure({
      ...of,
      folder: join(folder, 'logs'),
      file,
      unavailable: true,
      patience: { pause: 1 },
    })
    expect(report).toMatchObject({ clients: 2, operations: 60, ok: false })
    expect(report.latency.get?.p50).toBeGreaterThan(0)
    expect(report.latency.get?.p99).toBeGreaterThanOrEqual(report.latency.get?.p50 ?? 0)
    const broken = report.oracles.filter(({ violations }) => violations > 0)
    expect(broken.map(({ oracle }) => oracle)).toEqual(['O8'])
    expect(tableOf(report)).toMatch(/O8 .*BROKEN/)
    expect(JSON.parse(JSON.stringify(report))).toEqual(report)
  } finally {
    await server.close()
    await rm(folder, { recursive: true })
  }
})

test('percentiles are those of what was recorded', () => {
  const figures = new Figures()
  for (let time = 1; time <= 1000; time++) figures.done('get', time / 10)
  const { latency } = reportOf({ url: 'u', clients: 1, seed: 1, seconds: 2, figures, oracles: [] })
  expect(latency.get?.count).toBe(1000)
  expect(latency.get?.p50).toBeCloseTo(50, 0)
  expect(latency.get?.p95).toBeCloseTo(95, 0)
  expect(latency.get?.p99).toBeCloseTo(99, 0)
  expect(latency.get?.most).toBeCloseTo(100, 0)
})

test('a command line that cannot be read is refused with the usage', () => {
  expect(readOptions(['--url', 'http://x', '--clients', '1,16'])).toMatchObject({ clients: [1, 16], keys: 200 })
  expect(() => readOptions([])).toThrow(/--url is missing\nnpm run load/)
  expect(() => readOptions(['--url', 'u', '--seconds', '0'])).toThrow('--seconds is "0"')
  expect(() => readOptions(['--url', 'u', '--nonsense'])).toThrow('nonsense')
})
