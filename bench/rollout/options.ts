import { parseArgs } from 'node:util'
import { OutgrowError } from '../../src/errors.ts'

export interface RolloutOptions {
  /** Records of the store, ascending; every operation at `clients.main`, and at all counts for the size `main`. */
  sizes: { all: number[]; main: number }
  clients: { all: number[]; main: number }
  /** Seconds of each measurement. */
  seconds: number
  short: boolean
  /** What was asked for, to be repeated by the reader. */
  command: string
}

/** Reads the command line: `--short`, `--seconds S`. Anything else is refused as `usage`. */
export function readRolloutOptions(args: string[]): RolloutOptions {
  const { short = false, seconds } = parse(args)
  const own = seconds === undefined ? (short ? 0.2 : 1.5) : Number(seconds)
  if (!(own > 0)) throw new OutgrowError('usage', `--seconds must be a number above 0, not ${seconds}`)
  return {
    sizes: short ? { all: [50], main: 50 } : { all: [500, 10_000, 100_000], main: 10_000 },
    clients: short ? { all: [1], main: 1 } : { all: [1, 16, 100], main: 16 },
    seconds: own,
    short,
    command: ['npm run bench:rollout', ...(args.length > 0 ? ['--', ...args] : [])].join(' '),
  }
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: { short: { type: 'boolean' }, seconds: { type: 'string' } } }).values
  } catch (error) {
    throw new OutgrowError('usage', (error as Error).message, { cause: error })
  }
}
