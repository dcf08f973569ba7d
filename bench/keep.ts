import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { OutgrowError } from '../src/errors.ts'
import type { Outcome } from './peers/peer.ts'
import type { Results } from './report.ts'

/** Puts the report between the markers of the page and leaves the rest alone; without both markers it refuses. */
export async function writeBetweenMarkers(page: string, text: string, name = 'bench'): Promise<void> {
  const [start, end] = [`<!-- ${name}:start -->`, `<!-- ${name}:end -->`]
  const old = await readFile(page, 'utf8')
  const [before, after] = [old.split(start)[0], old.split(end)[1]]
  if (!old.includes(start) || before === undefined || after === undefined)
    throw new OutgrowError('failure', `${page} has no ${start} … ${end}`)
  await writeFile(page, `${before}${start}\n${text}\n${end}${after}`)
}

/** Every single measurement as CSV, for whoever wants to look at the spread; returns the path. */
export async function writeCsv(dir: string, results: Results, now: Date): Promise<string> {
  const path = join(dir, `${now.toISOString().replace(/\D/g, '').slice(0, 14)}.csv`)
  const lines = ['part,contender,round,records,seconds,peak_bytes,phases', ...measurements(results)]
  await mkdir(dir, { recursive: true })
  await writeFile(path, `${lines.join('\n')}\n`)
  return path
}

function measurements({ entries, sizes, small }: Results): string[] {
  return [
    ...entries.flatMap(({ peer, source, outcomes }) =>
      outcomes.map((outcome, index) => line('flat', peer.name, index + 1, source.records, outcome)),
    ),
    ...sizes.map(({ records, outcome }) => line('growth', 'outgrow migrate', 1, records, outcome)),
    ...small.map((seconds, index) =>
      line('small', 'outgrow migrate', index + 1, 400, { seconds, peakBytes: undefined }),
    ),
  ]
}

function line(part: string, contender: string, round: number, records: number, outcome: Outcome): string {
  const phases = Object.entries(outcome.phases ?? {}).map(([name, seconds]) => `${name}=${seconds}`)
  return [part, contender, round, records, outcome.seconds.toFixed(3), outcome.peakBytes ?? '', phases.join(' ')].join(
    ',',
  )
}
