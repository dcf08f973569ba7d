import { createHash } from 'node:crypto'

/** Why a backup was made: around a run, by hand, or before a rollback takes something away. */
export const KINDS = ['before', 'after', 'manual', 'pre-rollback'] as const
export type BackupKind = (typeof KINDS)[number]

export interface NameParts {
  /** UTC, with milliseconds. */
  created: Date
  kind: BackupKind
  /** The first 8 characters of the run's id. */
  run: string
}

const NAME = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)(\d{3})Z-(before|after|manual|pre-rollback)-([A-Za-z0-9_%-]+)$/

/** Name of a backup's folder, `20260105T101500000Z-before-1a2b3c4d`: in the order of names is in the order of time. */
export function backupName(parts: NameParts): string {
  const stamp = parts.created.toISOString().replace(/[-:.]/g, '')
  return `${stamp}-${parts.kind}-${pathSafe(parts.run.slice(0, 8)).replaceAll('.', '%2E')}`
}

/** What a folder's name tells; undefined when it is not the name of a backup. */
export function parseBackupName(name: string): NameParts | undefined {
  const [, year, month, day, hour, minute, second, milli, kind, run] = NAME.exec(name) ?? []
  if (kind === undefined || run === undefined) return undefined
  const created = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}.${milli}Z`)
  const known = KINDS.find((one) => one === kind)
  return known === undefined || Number.isNaN(created.getTime()) ? undefined : { created, kind: known, run }
}

/**
 * Any text as one name of a file or folder, on any system and in any shell: letters, digits, `_`, `-` and inner dots stay,
 * all other bytes become `%` and two hex digits. Different texts get different names; long ones end in a hash.
 */
export function pathSafe(text: string): string {
  let name = ''
  for (const byte of Buffer.from(text, text.isWellFormed() ? 'utf8' : 'utf16le')) {
    const letter = String.fromCharCode(byte)
    const stays = /[A-Za-z0-9_-]/.test(letter) || (letter === '.' && name !== '')
    name += stays ? letter : `%${byte.toString(16).toUpperCase().padStart(2, '0')}`
  }
  if (name === '') return '%'
  if (name.length <= 120) return name
  return `${name.slice(0, 100)}-${createHash('sha256').update(name).digest('hex').slice(0, 16)}`
}

/** Where in a backup the rows of a table are. */
export function tableFile(table: string): string {
  return `tables/${pathSafe(table)}.copy`
}
