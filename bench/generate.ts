import { createWriteStream } from 'node:fs'
import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { isMissing } from './missing.ts'
import { copyLine, csvLine, type Row, rows } from './rows.ts'

/** The same rows as a JSON store, as COPY text and as CSV. */
export type Form = 'json' | 'copy' | 'csv'

const CHUNK = 1 << 20
/** Part of the file name: raise it when the rows change, so that no cached file of older rows is taken for a new one. */
const EDITION = 1

const WRITERS: Record<Form, { head: string; foot: string; line(row: Row): string }> = {
  json: { head: '{"records":[', foot: ']}', line: (row) => `${row.id === 1 ? '' : ','}${JSON.stringify(row)}` },
  copy: { head: '', foot: '', line: copyLine },
  csv: { head: '', foot: '', line: csvLine },
}

/**
 * Path of the flat store of `records` records in the given form. It is streamed to disk when it is not in `cache` yet, or
 * when its size is not the one noted after it was written; a file cut short by an interrupt is never taken for whole. It is
 * flushed, so that its writing to the disk does not fall into the first contender's time.
 */
export async function flatFile(cache: string, records: number, form: Form): Promise<string> {
  const path = join(cache, `rows-${EDITION}-${records}.${form}`)
  if (await isWhole(path)) return path
  await mkdir(cache, { recursive: true })
  await pipeline(Readable.from(chunks(records, form)), createWriteStream(`${path}.partial`, { flush: true }))
  await rename(`${path}.partial`, path)
  await writeFile(`${path}.size`, String((await stat(path)).size))
  return path
}

/** How many records make a JSON store of about this many bytes. */
export function recordsIn(bytes: number): number {
  const sample = 5_000
  let measured = 0
  for (const row of rows(sample)) measured += Buffer.byteLength(JSON.stringify(row)) + 1
  return Math.max(1, Math.round((bytes * sample) / measured))
}

function* chunks(records: number, form: Form): Generator<string> {
  const writer = WRITERS[form]
  let chunk = writer.head
  for (const row of rows(records)) {
    chunk += writer.line(row)
    if (chunk.length < CHUNK) continue
    yield chunk
    chunk = ''
  }
  yield chunk + writer.foot
}

async function isWhole(path: string): Promise<boolean> {
  try {
    const noted = Number(await readFile(`${path}.size`, 'utf8'))
    return (await stat(path)).size === noted
  } catch (error) {
    if (isMissing(error)) return false
    throw error
  }
}
