import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rm } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const example = fileURLToPath(new URL('live-move.ts', import.meta.url))

test('a service goes from off to complete while it is used, and every acknowledged write is there', async () => {
  const { OUTGROW_DATABASE_URL: _, ...env } = process.env
  const child = spawn(process.execPath, ['--import', 'tsx', example], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
  const folder = /wrote is in (\S+)/.exec(stdout)?.[1]
  if (folder !== undefined) await rm(folder, { recursive: true })
  expect([code, stderr]).toEqual([0, ''])
  const stages = [...stdout.matchAll(/is in stage (\w+) now/g)].map(([, stage]) => stage)
  expect(stages).toEqual(['dualwrite', 'shadow', 'live', 'shadow', 'live', 'rampdown', 'complete'])
  expect(stdout).toMatch(/RED {2}verification .* never/)
  expect(stdout).toMatch(/\d+ ideas were written by the users: \d+ are there as acknowledged last/)
  expect(stdout).toMatch(/\nSHA-256 [0-9a-f]{64}\n/)
  expect(stdout).toContain('are the same, value by value')
  expect(stdout).toContain('Whole: ')
}, 300_000)
