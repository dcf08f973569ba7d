const COUNT = new Intl.NumberFormat('en-US')
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

/** `12,345` */
export function count(value: number): string {
  return COUNT.format(value)
}

/** `1 record`, `12,345 records` */
export function counted(value: number, noun: string, plural = `${noun}s`): string {
  return `${count(value)} ${value === 1 ? noun : plural}`
}

/** Bytes in decimal units, as disks and networks are measured: `812 B`, `3.4 MB`. */
export function size(bytes: number): string {
  const power = Math.min(UNITS.length - 1, Math.max(0, Math.floor(Math.log10(Math.max(bytes, 1)) / 3)))
  const value = bytes / 1000 ** power
  return `${power === 0 || value >= 100 ? count(Math.round(value)) : value.toFixed(1)} ${UNITS[power]}`
}

/** `0.42 s`, `12 s`, `3 min 20 s` */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(2)} s`
  const whole = Math.round(seconds)
  return whole < 120 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`
}

/** `2026-01-31 12:00:00 UTC` */
export function instant(date: Date): string {
  return `${date.toISOString().slice(0, 19).replace('T', ' ')} UTC`
}
