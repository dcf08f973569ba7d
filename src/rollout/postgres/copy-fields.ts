import type { Fields } from '../../codec/decode.ts'
import type { Row } from './encode.ts'

const ESCAPES: Record<string, string> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
}

/** A row as the COPY text that the codec's decoders read. */
export function copyText(row: Row): Fields {
  const starts = new Int32Array(row.length)
  const ends = new Int32Array(row.length)
  const texts = row.map((text) =>
    text === null ? '\\N' : text.replace(/[\\\b\f\n\r\t\v]/g, (one) => ESCAPES[one] as string),
  )
  const bytes = Buffer.allocUnsafe(texts.reduce((sum, text) => sum + text.length * 3, 0))
  let at = 0
  for (const [field, text] of texts.entries()) {
    starts[field] = at
    at += bytes.write(text, at, 'utf8')
    ends[field] = at
  }
  return { bytes, starts, ends }
}
