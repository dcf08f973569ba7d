// Runs a command with the tests' PostgreSQL set to a major version: node scripts/on-postgres.mjs 14 vitest run test/contract
import { spawnSync } from 'node:child_process'

const [major, command, ...args] = process.argv.slice(2)
const { status, error } = spawnSync(command, args, {
  stdio: 'inherit',
  env: { ...process.env, OUTGROW_TEST_PG: major },
})
if (error) throw error
process.exit(status ?? 1)
