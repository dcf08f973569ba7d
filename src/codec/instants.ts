/**
 * Strings that name a day or an instant and print back to themselves. Only such a string may become a date or a
 * timestamptz: `2023-02-30`, `24:00:00`, a leap second, an offset or nine digits of fraction stay text.
 */
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]

function number(bytes: Uint8Array, at: number, count: number): number {
  let value = 0
  for (let i = at; i < at + count; i++) {
    const digit = (bytes[i] as number) - 48
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}

/** True when the ten bytes at `at` are `YYYY-MM-DD` and name a day of the years 0001 to 9999. */
export function isDay(bytes: Uint8Array, at: number): boolean {
  const year = number(bytes, at, 4)
  const month = number(bytes, at + 5, 2)
  const day = number(bytes, at + 8, 2)
  if (year < 1 || month < 1 || month > 12 || day < 1 || bytes[at + 4] !== 45 || bytes[at + 7] !== 45) return false
  const isLeap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0)
  return day <= (DAYS[month - 1] as number) + (isLeap ? 1 : 0)
}

/**
 * Digits of the fraction (0 to 6) when the bytes are `YYYY-MM-DDTHH:MM:SS[.f]Z`; -1 when they are anything else.
 * PostgreSQL keeps microseconds, so six digits are the most that come back.
 */
export function instantDigits(bytes: Uint8Array, start: number, end: number): number {
  const length = end - start
  if (length < 20 || length > 27 || length === 21) return -1
  if (bytes[end - 1] !== 90 || bytes[start + 10] !== 84 || !isDay(bytes, start)) return -1
  if (bytes[start + 13] !== 58 || bytes[start + 16] !== 58) return -1
  const hour = number(bytes, start + 11, 2)
  const minute = number(bytes, start + 14, 2)
  const second = number(bytes, start + 17, 2)
  if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return -1
  if (length === 20) return 0
  if (bytes[start + 19] !== 46 || number(bytes, start + 20, length - 21) < 0) return -1
  return length - 21
}

/** True when the bytes are a UUID as PostgreSQL prints it: lower case, hyphens at 8-4-4-4-12. */
export function isUuid(bytes: Uint8Array, start: number, end: number): boolean {
  if (end - start !== 36) return false
  for (let i = 0; i < 36; i++) {
    const c = bytes[start + i] as number
    if (i === 8 || i === 13 || i === 18 || i === 23) {
      if (c !== 45) return false
    } else if (!((c >= 48 && c <= 57) || (c >= 97 && c <= 102))) return false
  }
  return true
}
