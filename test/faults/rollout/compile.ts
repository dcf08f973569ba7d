import { readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build, type Plugin } from 'esbuild'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))

/** Ours goes in, packages stay where they are; every file keeps its own address, beside which it looks for others. */
const ours: Plugin = {
  name: 'ours',
  setup: (bundle) => {
    bundle.onResolve({ filter: /^[^./]/ }, ({ kind, path }) =>
      kind === 'entry-point' || /^outgrow(\/|$)/.test(path) ? undefined : { path, external: true },
    )
    bundle.onLoad({ filter: /\.ts$/ }, async ({ path }) => {
      const text = await readFile(path, 'utf8')
      return { contents: text.replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)), loader: 'ts' }
    })
  },
}

/**
 * Makes one JavaScript file of a program of this repository, since a process that compiles hundreds of files at each start
 * spends the time of the test on that. Returns its path.
 */
export async function compile(program: string): Promise<string> {
  const path = join(ROOT, 'node_modules', '.outgrow-faults', `${program.replace(/\W+/g, '-')}.mjs`)
  const outfile = `${path}.${process.pid}`
  await build({
    ...{ absWorkingDir: ROOT, entryPoints: [program], outfile, bundle: true, platform: 'node', format: 'esm' },
    ...{ target: 'node20', conditions: ['outgrow-source'], plugins: [ours], logLevel: 'error' },
  })
  // Another test file may be starting it.
  await rename(outfile, path)
  return path
}
