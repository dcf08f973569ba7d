import type { Json } from 'outgrow/store'

/**
 * The name that a download suggests, of any name that a record may hold: no folders, no control characters (which no header
 * may carry, and no file system wants), no half surrogate pairs.
 */
export function headerName(original: Json | undefined): string {
  const name = typeof original === 'string' ? original : ''
  const plain = name.toWellFormed().replace(/[\x00-\x1f\x7f-\x9f/\\\u2028\u2029\u202a-\u202e\u2066-\u2069]/g, '_')
  return plain.trim() === '' || /^\.+$/.test(plain) ? 'file' : plain
}

/** The media type of a record, when it is one; what old records hold else is told as plain bytes. */
export function mediaType(mime: Json | undefined): string {
  const token = "[\\w!#$%&'*+.^`|~-]+"
  if (typeof mime !== 'string' || !new RegExp(`^${token}/${token}(; ?charset=[\\w-]+)?$`).test(mime))
    return 'application/octet-stream'
  return mime === 'text/plain' ? 'text/plain; charset=utf-8' : mime
}
