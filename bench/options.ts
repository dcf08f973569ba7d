import { parseArgs } from 'node:util'
import { OutgrowError } from '../src/errors.ts'

export interface Options {
  /** Records of the flat store. */
  records: number
  /** Rounds; the median of them is reported. */
  runs: number
  /** Names of contenders and parts (`hard`, `growth`, `small`) to run; all when absent. */
  only: string[] | undefined
  /** Small sizes and one round, to see that everything works. */
  short: boolean
  /** Sizes of the growth series, in megabytes. */
  megabytes: number[]
  /** What was asked for, to be repeated by the reader. */
  command: string
}

const DEFAULTS = { records: 1_000_000, runs: 3, megabytes: [10, 100, 1_000] }
const SHORT = { records: 20_000, runs: 1, megabytes: [1, 10] }

/** Reads the command line. Unknown flags and numbers that are none are refused as `usage`. */
export function readOptions(args: string[]): Options {
  const { values } = parse(args)
  const base = values.short ? SHORT : DEFAULTS
  return {
    records: count(values.records, 'records', base.records),
    runs: count(values.runs, 'runs', base.runs),
    only: values.only?.split(',').map((name) => name.trim()),
    short: values.short ?? false,
    megabytes: base.megabytes,
    command: ['npm run bench', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({
      args,
      options: {
        records: { type: 'string' },
        runs: { type: 'string' },
        only: { type: 'string' },
        short: { type: 'boolean' },
      },
    })
  } catch (error) {
    throw new OutgrowError('usage', (error as Error).message, { cause: error })
  }
}

function count(text: string | undefined, flag: string, otherwise: number): number {
  if (text === undefined) return otherwise
  const number = Number(text.replaceAll(/[_,]/g, ''))
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new OutgrowError('usage', `--${flag} must be a whole number above 0, not ${text}`)
}
