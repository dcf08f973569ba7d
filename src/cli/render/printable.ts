/**
 * Text from a store or a server as it may be shown in a terminal: control characters, the ones that turn the direction
 * of writing, and lone surrogates become escapes, so that no data can move the cursor, colour, or forge a line.
 */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu, (char) => {
    const code = char.charCodeAt(0)
    return code === 10 ? '\\n' : code === 9 ? '\\t' : `\\u${code.toString(16).padStart(4, '0')}`
  })
}
