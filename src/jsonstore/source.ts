import type { FileHandle } from 'node:fs/promises'
import type { Span } from './document.ts'
import type { Reading } from './items.ts'

/** The records of one collection in a file: which bytes, and how they are cut into items. */
export interface Source {
  file: FileHandle
  span: Span
  reading: Reading
}
