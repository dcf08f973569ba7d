import { OutgrowError } from '../errors.ts'

/** What is wrong at a byte of a document, told the way a person would who looks at it. */
export function damageAt(bytes: Uint8Array, at: number, end: number, offset: number, wanted: string): OutgrowError {
  if (at >= end) return damaged(offset, `the document ends too early, ${wanted} was expected`, 'truncated')
  return damaged(offset, explain(bytes[at] as number, bytes, at, wanted))
}

/** A refusal of the source at a byte offset. */
export function damaged(offset: number, what: string, kind = 'not JSON'): OutgrowError {
  return new OutgrowError('source-damaged', `The store is ${kind}: ${what} at byte ${offset}.`, {
    place: `byte ${offset}`,
    next: 'Repair the file, or run `outgrow inspect STORE --salvage FILE` to write what can be read to a new file.',
  })
}

function explain(byte: number, bytes: Uint8Array, at: number, wanted: string): string {
  if (byte === 0) return 'a NUL byte (the file was not written to its end)'
  if (byte === 39) return 'a single quote; JSON strings take double quotes'
  if (byte === 47) return 'a comment; JSON has none'
  if ((byte === 93 || byte === 125) && previous(bytes, at) === 44) return 'a trailing comma'
  if (byte < 32) return `a raw control character (0x${byte.toString(16).padStart(2, '0')})`
  if (wanted === 'a member name' && /[A-Za-z_$]/.test(String.fromCharCode(byte))) return 'a member name without quotes'
  const shown = byte < 127 ? `\`${String.fromCharCode(byte)}\`` : `byte 0x${byte.toString(16)}`
  return `${shown} where ${wanted} was expected`
}

function previous(bytes: Uint8Array, at: number): number | undefined {
  let i = at - 1
  while (i >= 0 && [32, 9, 10, 13].includes(bytes[i] as number)) i--
  return bytes[i]
}
