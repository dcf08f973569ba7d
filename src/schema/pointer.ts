/**
 * JSON pointers, RFC 6901. parsePointer answers undefined for text that is not one, because whether that is a failure is
 * the caller's to say; formatPointer is its inverse for every list of member names, the empty name included.
 */
export function parsePointer(text: string): string[] | undefined {
  if (text === '') return []
  if (!text.startsWith('/') || /~(?![01])/.test(text)) return undefined
  return text
    .slice(1)
    .split('/')
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
}

/** The pointer to the value reached through `parts`, from the root; list positions may be given as numbers. */
export function formatPointer(parts: readonly (string | number)[]): string {
  return parts.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}
