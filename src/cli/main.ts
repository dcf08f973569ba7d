import { isOutgrowError } from '../errors.ts'
import { wantsColour } from './colour.ts'
import { newEnding } from './ending.ts'
import { type Interrupts, listenForInterrupts } from './interrupts.ts'
import { buildProgram } from './program.ts'
import { errorReport, renderError, renderStack } from './render/error.ts'
import { styleOf } from './render/style.ts'
import type { Surroundings } from './surroundings.ts'
import { isHelp } from './usage.ts'

/** How long the leftovers of an interrupted command may take to be cleared away. */
const CLEARING_MS = 10_000

/** Runs the command line of this process. The only place that catches what nobody expected, and that sets the exit code. */
async function main(): Promise<void> {
  const interrupts = listenForInterrupts(process)
  const ending = newEnding()
  const surroundings: Surroundings = {
    argv: process.argv.slice(2),
    env: process.env,
    cwd: process.cwd(),
    stdout: process.stdout,
    stderr: process.stderr,
    interrupted: interrupts.signal,
    closers: new Set(),
  }
  let stuck = false
  interrupts.cutShort.catch(() => {
    stuck = true
  })
  try {
    const program = buildProgram(surroundings, ending)
    await Promise.race([program.parseAsync([...surroundings.argv], { from: 'user' }), interrupts.cutShort])
    process.exitCode = ending.code
  } catch (error) {
    // The verb could not take its live line away.
    if (stuck && process.stderr.isTTY) process.stderr.write('\n')
    process.exitCode = tell(reasonOf(error, interrupts), surroundings, ending.refusal)
    await clear(surroundings)
  }
  interrupts.stop()
  // The verb is still at work and would keep the process alive; its connections end with it.
  if (stuck) process.exit()
}

/** Whatever an interrupted verb fails with while it comes apart, the reason is the interruption. */
function reasonOf(error: unknown, { signal }: Interrupts): unknown {
  return signal.aborted && !isHelp(error) ? signal.reason : error
}

/** Says what went wrong, on stderr for a person and on stdout for a program that asked for JSON; returns the exit code. */
function tell(error: unknown, surroundings: Surroundings, refusal: ReturnType<typeof newEnding>['refusal']): number {
  if (isHelp(error)) return error.exitCode === 0 ? 0 : 2
  const { argv, env, stdout, stderr } = surroundings
  if (argv.includes('--json')) stdout.write(`${JSON.stringify(refusal(errorReport(error)), null, 2)}\n`)
  stderr.write(renderError(error, styleOf(wantsColour(stderr, env, { color: !argv.includes('--no-color') }))))
  if (env.OUTGROW_DEBUG === '1') stderr.write(renderStack(error))
  return isOutgrowError(error) ? error.exit : 1
}

/** Stops the embedded server and removes temporary files that a command left because it was cut short. */
async function clear({ closers, stderr }: Surroundings): Promise<void> {
  const timeout = new Promise<void>((resolve) => setTimeout(resolve, CLEARING_MS).unref())
  const results = Promise.allSettled([...closers].map((close) => close()))
  const settled = await Promise.race([results, timeout])
  for (const one of settled ?? [])
    if (one.status === 'rejected') stderr.write(`Warning: ${errorReport(one.reason).message}\n`)
}

// A reader that has seen enough (`| head`) closes the pipe: what is left has no reader, and that is no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
  })

await main()
