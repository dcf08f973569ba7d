import type { Wreck } from './wreck.ts'

/**
 * Where the siblings of a damaged item go on: at the comma after it, or at the bracket that closes what holds it. The
 * search starts where the item failed, with the brackets that were open there. Text in quotes is passed over; a quote that
 * is not closed on its line is taken for one too many. When the end is met, the item reaches to the end.
 */
export function resynchronise(wreck: Wreck, from: number, openThere: readonly number[]): number {
  const { bytes, end } = wreck
  const open = [...openThere]
  for (let at = from; at < end; at++) {
    const byte = bytes[at]
    if (byte === 34) at = closingQuote(wreck, at)
    else if (byte === 123 || byte === 91) open.push(byte)
    else if (byte === 44 && open.length === 0) return at
    else if (byte === 125 || byte === 93) {
      const match = open.lastIndexOf(byte - 2)
      if (match < 0) return at
      open.length = match
    }
  }
  return end
}

/** The quote that ends the string at `at`; `at` itself when its line has none. */
function closingQuote({ bytes, end }: Wreck, at: number): number {
  for (let i = at + 1; i < end && bytes[i] !== 10; i++) {
    if (bytes[i] === 92) i++
    else if (bytes[i] === 34) return i
  }
  return at
}
