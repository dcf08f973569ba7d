import { OutgrowError } from '../../errors.ts'
import type { Parts } from '../store/parts.ts'

/** Ends what takes longer than writes may be held. Throws `locked`: nothing was changed, and writes go on. */
export async function beforeDeadline<T>(parts: Parts, heldAt: number | undefined, work: () => Promise<T>): Promise<T> {
  const left = parts.timing.hold - (performance.now() - (heldAt ?? performance.now()))
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(tooLong(parts)), Math.max(1, left))
  })
  try {
    return await Promise.race([work(), late])
  } finally {
    clearTimeout(timer)
  }
}

function tooLong({ name, timing }: Parts): OutgrowError {
  return new OutgrowError('locked', `The change would have held writes for more than ${timing.hold} ms.`, {
    place: name,
    next: 'Nothing was changed. Try again when fewer keys are written, or when PostgreSQL is less busy.',
  })
}
