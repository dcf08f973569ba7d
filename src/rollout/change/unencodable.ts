import { isOutgrowError } from '../../errors.ts'
import { keyValue } from '../key.ts'
import { compileCollections } from '../postgres/collection.ts'
import type { Rows } from '../postgres/encode.ts'
import type { GateSight } from './gate-sight.ts'

/** Tries to make rows of every record of the file, as the relay would. */
export function unencodable({ parts, file }: GateSight): { records: number; count: number; first: string | undefined } {
  let records = 0
  let count = 0
  let first: string | undefined
  for (const [name, collection] of compileCollections(parts.plan)) {
    if (collection.kind === 'values' || collection.key === undefined) continue
    for (const [key, { value }] of file.store.document.entries(name)) {
      records++
      const rows: Rows = new Map()
      const own = collection.kind === 'keyed' ? String(keyValue(key)) : undefined
      if (isEncoded(() => collection.encoder.add(JSON.stringify(value), rows, { name: own }))) continue
      count++
      first ??= `${name} ${key}`
    }
  }
  return { records, count, first }
}

function isEncoded(encode: () => unknown): boolean {
  try {
    return encode() === undefined
  } catch (error) {
    if (isOutgrowError(error)) return false
    throw error
  }
}
