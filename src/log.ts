/** The shape of the logger that callers inject; pino and console both fit. Bodies of records are never logged. */
export interface Logger {
  debug(fields: Record<string, unknown>, message: string): void
  info(fields: Record<string, unknown>, message: string): void
  warn(fields: Record<string, unknown>, message: string): void
  error(fields: Record<string, unknown>, message: string): void
}

const nothing = (): void => {}

/** Says nothing: the default of the library, which has no business on its host's streams. */
export const silent: Logger = { debug: nothing, info: nothing, warn: nothing, error: nothing }
