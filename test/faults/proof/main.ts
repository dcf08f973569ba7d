/**
 * `npm run proof -- [--seeds 1] [--print]`: runs the fault suite of the staged store with so many seeds, and rewrites the
 * figures in docs/proof.md. `--print` runs nothing and prints what is on record; `--recorded` runs nothing and writes the page
 * from it, saying so. A suite that fails writes no page.
 */
import { spawnSync } from 'node:child_process'
import { readFile, rm, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { machineLine } from '../../../bench/machine.ts'
import { RESULTS } from '../rollout/results.ts'
import { readResults, tableOf } from './page.ts'

const PAGE = fileURLToPath(new URL('../../../docs/proof.md', import.meta.url))
const [START, END] = ['<!-- proof:start -->', '<!-- proof:end -->']

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '1' },
    print: { type: 'boolean', default: false },
    recorded: { type: 'boolean', default: false },
  },
})

function runSuite(seeds: string): number {
  const args = ['vitest', 'run', 'test/faults/rollout']
  const env = { ...process.env, OUTGROW_FAULT_SEEDS: seeds }
  return spawnSync('npx', args, { stdio: 'inherit', env }).status ?? 1
}

if (!values.print && !values.recorded) {
  await rm(RESULTS, { recursive: true, force: true })
  const status = runSuite(values.seeds)
  if (status !== 0) process.exit(status)
}
const table = tableOf(await readResults(RESULTS))
process.stdout.write(`${table}\n`)
if (!values.print) {
  const text = await readFile(PAGE, 'utf8')
  const [before, after] = [text.split(START)[0], text.split(END)[1]]
  if (before === undefined || after === undefined) throw new Error(`${PAGE} has no ${START} … ${END}`)
  const machine = machineLine('embedded PostgreSQL', new Date())
  const how = values.recorded ? 'Rounds of several runs, as they are on record. ' : ''
  const reproduce = `${how}Reproduce: \`npm run proof -- --seeds ${values.seeds}\``
  await writeFile(PAGE, `${before}${START}\n${machine}\n\n${reproduce}\n\n${table}\n${END}${after}`)
}
