import { defineConfig } from 'vitest/config'

/** Services import `outgrow` by its own name: the package's condition leads to src/, as in tsc and tsx. */
const conditions = ['outgrow-source', 'module', 'node', 'development|production']

export default defineConfig({
  ssr: { resolve: { conditions } },
  test: {
    include: ['{src,services,test,bench,examples}/**/*.test.ts'],
    // One PostgreSQL for the whole run; OUTGROW_TEST_PG chooses its major version.
    globalSetup: 'test/helpers/server.ts',
    // Two cores are shared with a real PostgreSQL: more workers would only queue.
    maxWorkers: 2,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
})
