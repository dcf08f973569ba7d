import { OutgrowError } from '../errors.ts'

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
/** How long a verb may take to unwind by itself before its connections are cut. */
const GRACE_MS = 3_000

export interface Interrupts {
  /** Aborted at the first signal: the next step of a verb throws, and its transaction is rolled back. */
  signal: AbortSignal
  /** Rejects when nothing more can be waited for: at the second signal, when a verb does not unwind within the grace, or
   * with an error thrown where nobody could catch it. */
  cutShort: Promise<never>
  stop(): void
}

/** Listens for the signals that ask a process to end. Whatever is not committed then is rolled back by the server. */
export function listenForInterrupts(process: NodeJS.Process): Interrupts {
  const controller = new AbortController()
  let insist: (error: Error) => void = () => {}
  const cutShort = new Promise<never>((_, reject) => {
    insist = reject
  })
  cutShort.catch(() => {})
  let grace: NodeJS.Timeout | undefined
  const onSignal = (name: NodeJS.Signals): void => {
    if (controller.signal.aborted) {
      insist(controller.signal.reason)
      return
    }
    controller.abort(
      new OutgrowError('interrupted', `Interrupted by ${name}: what was not committed is rolled back.`, {
        next: 'Run the same command again.',
      }),
    )
    grace = setTimeout(() => insist(controller.signal.reason), GRACE_MS)
  }
  for (const name of SIGNALS) process.on(name, onSignal)
  process.on('uncaughtException', insist)
  return {
    signal: controller.signal,
    cutShort,
    stop: () => {
      clearTimeout(grace)
      for (const name of SIGNALS) process.off(name, onSignal)
      process.off('uncaughtException', insist)
    },
  }
}
