import { OutgrowError } from '../../errors.ts'
import type { Side } from '../side.ts'
import type { Parts } from './parts.ts'

/** The side whose answer is the truth now. Throws `locked` when that is a file that another process owns. */
export function authorityOf(parts: Parts): Side {
  return parts.present.rules.authority === 'file' ? fileOf(parts).side : postgresOf(parts)
}

export function fileOf({ file, name, present }: Parts): NonNullable<Parts['file']> {
  if (file !== undefined) return file
  if (present.stage === 'complete')
    throw new OutgrowError('refused', `Store "${name}" is complete: its file is no side of it any more.`, {
      place: name,
      next: `To compare it with a file: outgrow verify ${name} --against FILE.`,
    })
  throw new OutgrowError('locked', `Another process owns the file of store "${name}".`, {
    place: name,
    next: 'Let that process do the writing, or stop it first.',
  })
}

export function postgresOf({ postgres, name }: Parts): NonNullable<Parts['postgres']> {
  if (postgres !== undefined) return postgres
  throw new OutgrowError('target-unreachable', `The store "${name}" was opened without a database.`, {
    place: name,
    next: 'Give the option database, or set OUTGROW_DATABASE_URL.',
  })
}
