import type { Failpoint } from './settings.ts'

/**
 * What the library is given to call at its named places: it does nothing but at the one that is set, where the given time it
 * is come to `end` is called. Without one nothing ever ends.
 */
export function failing(failpoint: Failpoint | undefined, end: () => void): (name: string) => void {
  let left = failpoint?.time ?? 0
  return (name) => {
    if (name === failpoint?.name && --left === 0) end()
  }
}
