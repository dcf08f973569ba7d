import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'bench/**/*.test.ts', 'examples/**/*.test.ts'],
    // One PostgreSQL for the whole run; OUTGROW_TEST_PG chooses its major version.
    globalSetup: 'test/helpers/server.ts',
    // Two cores are shared with a real PostgreSQL: more workers would only queue.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
