/**
 * Case-insensitive search by the simple lower-case mapping of Unicode, one code point to one code point. Full lower-casing
 * is not used, since the two sides would disagree on it: İ becomes two characters and Σ depends on its neighbours. So İ
 * is i, Σ is σ, and ς, ß and ẞ are found by themselves (ẞ also by ß). Nothing is normalised: é is not e with an accent.
 */
export function lowerCase(text: string): string {
  // Only these two differ between the simple and the full mapping, in any version of Unicode.
  return text.replace(/[İΣ]/g, (character) => (character === 'Σ' ? 'σ' : 'i')).toLowerCase()
}

/** True when `text` contains what is looked for, which was given to `lowerCase` before. Half a surrogate pair is never found. */
export function containsText(text: string, lowered: string): boolean {
  return lowerCase(text).includes(lowered) && lowered.isWellFormed()
}

/**
 * The search as a regular expression of PostgreSQL's (`member ~ $1`) that means exactly what `containsText` does, under any
 * collation, provider and version: each character that has case becomes the class of its twins. Undefined when no text
 * in PostgreSQL can contain it (U+0000, half a surrogate pair).
 */
export function searchPattern(text: string): string | undefined {
  if (text.includes('\u0000') || !text.isWellFormed()) return undefined
  let pattern = ''
  for (const character of lowerCase(text)) pattern += classOf(character)
  return pattern
}

function classOf(character: string): string {
  const uppers = twins().get(character)
  if (uppers !== undefined) return `[${character}${uppers}]`
  return /[!-/:-@[-`{-~]/.test(character) ? `\\${character}` : character
}

let table: Map<string, string> | undefined

/** For each lower-case character, all others that become it; made once, from the engine's own tables. */
function twins(): Map<string, string> {
  if (table !== undefined) return table
  const made = new Map<string, string>()
  for (let code = 0; code < 0x20000; code++) {
    const character = String.fromCodePoint(code)
    const lower = lowerCase(character)
    if (lower !== character) made.set(lower, (made.get(lower) ?? '') + character)
  }
  table = made
  return made
}
