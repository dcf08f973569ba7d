/**
 * Finds the end of a JSON value without looking at what it holds: three times as fast as reading it. Only for bytes that
 * were read whole before; on others the answer means nothing.
 */

/** Offset after the value that begins at `at`, or -1 when it does not end before `limit`. */
export function skimValue(bytes: Uint8Array, at: number, limit: number, last: boolean): number {
  const first = bytes[at]
  if (first === 34) return skimText(bytes, at, limit)
  if (first === 123 || first === 91) return skimContainer(bytes, at, limit)
  for (let i = at; i < limit; i++) {
    const byte = bytes[i] as number
    if (byte <= 32 || byte === 44 || byte === 93 || byte === 125) return i
  }
  return last ? limit : -1
}

function skimContainer(bytes: Uint8Array, from: number, limit: number): number {
  let depth = 0
  for (let at = from; at < limit; at++) {
    const byte = bytes[at] as number
    if (byte === 34) {
      at = skimText(bytes, at, limit) - 1
      if (at < 0) return -1
    } else if (byte === 123 || byte === 91) depth++
    else if ((byte === 125 || byte === 93) && --depth === 0) return at + 1
  }
  return -1
}

function skimText(bytes: Uint8Array, quote: number, limit: number): number {
  for (let at = quote + 1; at < limit; at++) {
    const byte = bytes[at] as number
    if (byte === 34) return at + 1
    if (byte === 92) at++
  }
  return -1
}
