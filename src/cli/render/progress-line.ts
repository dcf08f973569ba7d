import type { ProgressEvent } from '../../verbs/context.ts'
import { count, duration, size } from './figures.ts'
import { printable } from './printable.ts'

/** Phases that count bytes of the file; the others count records. */
const IN_BYTES: ReadonlySet<ProgressEvent['phase']> = new Set(['read', 'infer', 'backup'])
/** Below this, a rate is noise. */
const SETTLED_SECONDS = 0.5

/** `load ideas: 120,000 records, 45,000/s`; with a total also the share done and the time that is left. */
export function progressLine(event: ProgressEvent, seconds: number): string {
  const { phase, collection, done, total } = event
  const amount = IN_BYTES.has(phase) ? size : count
  const unit = IN_BYTES.has(phase) ? '' : ' records'
  const share = total ? ` of ${amount(total)}${unit} (${Math.floor((100 * done) / total)} %)` : unit
  const rate = seconds >= SETTLED_SECONDS && done > 0 ? done / seconds : undefined
  const speed = rate === undefined ? '' : `, ${amount(Math.round(rate))}/s`
  const left = rate === undefined || !total || done >= total ? '' : `, ETA ${duration((total - done) / rate)}`
  return `${phase}${collection ? ` ${printable(collection)}` : ''}: ${amount(done)}${share}${speed}${left}`
}
