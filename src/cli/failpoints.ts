import { OutgrowError } from '../errors.ts'
import { FAILPOINTS, type Failpoint } from '../verbs/context.ts'

/** For fault tests: the process kills itself, as kill -9 does, when a run comes to the failpoint of this name. */
export function failpointNamed(name: string | undefined): (reached: Failpoint) => void {
  if (name === undefined) return () => {}
  if (!FAILPOINTS.some((one) => one === name))
    throw new OutgrowError('usage', `OUTGROW_FAILPOINT names no failpoint: ${name}.`, {
      place: 'OUTGROW_FAILPOINT',
      next: `They are ${FAILPOINTS.join(', ')}; it is for fault tests only.`,
    })
  return (reached) => {
    if (reached === name) process.kill(process.pid, 'SIGKILL')
  }
}
