/** True for `percent` per cent of all texts, always the same ones, and of a smaller share a part of those of a larger. */
export function inShare(text: string, percent: number): boolean {
  if (percent >= 100) return true
  if (percent <= 0) return false
  return (fnv1a(text) >>> 0) % 10_000 < percent * 100
}

/** FNV-1a over UTF-16 units, mixed once more as in MurmurHash3's finalizer, since its low bits alone are uneven. */
function fnv1a(text: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return hash ^ (hash >>> 16)
}
