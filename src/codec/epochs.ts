/**
 * Integers that a reader of the plan declared to be instants: milliseconds or seconds since 1970-01-01T00:00:00Z, held as
 * timestamptz. Only the years 0001 to 9999, where PostgreSQL and JSON agree on the spelling.
 */
const FIRST = Date.UTC(2000, 0, 1) - 63_082_281_600_000
const LAST = Date.UTC(10_000, 0, 1) - 1

/** `1700000000000` → `2023-11-14T22:13:20.000Z`; undefined outside the range. */
export function epochText(digits: string, unit: 'epoch-ms' | 'epoch-s'): string | undefined {
  const milliseconds = Number(digits) * (unit === 'epoch-s' ? 1000 : 1)
  if (!(milliseconds >= FIRST && milliseconds <= LAST)) return undefined
  return new Date(milliseconds).toISOString()
}

/** The integer that an instant as PostgreSQL prints it (`2023-11-14 22:13:20.5+00`) stands for. */
export function epochOf(text: string, unit: 'epoch-ms' | 'epoch-s'): string {
  const milliseconds = Date.parse(text.replace(' ', 'T').replace('+00', 'Z'))
  return String(unit === 'epoch-s' ? Math.floor(milliseconds / 1000) : milliseconds)
}
