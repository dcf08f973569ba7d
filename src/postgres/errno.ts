/** True for an operating system error with one of these codes, e.g. `ENOENT`. */
export function errnoIs(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string)
}
