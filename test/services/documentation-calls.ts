import type { Opened } from './documentation-places.ts'

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE'
  url: string
  body?: unknown
  /** Parts of a form, in their order: a text, or a file. */
  form?: Part[]
  key?: string
  who?: string
}

export interface Part {
  name: string
  text?: string
  bytes?: Uint8Array
  filename?: string
}

/** An answer as a client sees it, byte for byte; headers that tell the time are left out. */
export interface Answer {
  status: number
  headers: Record<string, unknown>
  body: string
}

const SEEN = [
  'content-type',
  'retry-after',
  'content-disposition',
  'content-length',
  'etag',
  'x-content-type-options',
  'content-security-policy',
]

export async function call({ app }: Pick<Opened, 'app'>, one: Call): Promise<Answer> {
  const { method, url, body, form, key, who } = one
  const sent = form === undefined ? jsonOf(body) : formOf(form)
  const answer = await app.inject({
    method,
    url,
    headers: {
      ...(sent !== undefined && { 'content-type': sent.type }),
      ...(key !== undefined && { 'idempotency-key': key }),
      ...(who !== undefined && { 'x-user-id': who }),
    },
    ...(sent !== undefined && { payload: sent.payload }),
  })
  const headers = Object.fromEntries(SEEN.map((name) => [name, answer.headers[name]]))
  return { status: answer.statusCode, headers, body: answer.body }
}

function jsonOf(body: unknown): { type: string; payload: string } | undefined {
  if (body === undefined) return undefined
  return { type: 'application/json', payload: typeof body === 'string' ? body : JSON.stringify(body) }
}

const BOUNDARY = 'fim-da-parte'

/** The form as browsers write it: quotes, CR and LF of a name are escaped, everything else is UTF-8. */
function formOf(parts: Part[]): { type: string; payload: Buffer } {
  const pieces = parts.flatMap(({ name, text, bytes, filename }) => {
    const shown = filename?.replace(/["\r\n]/g, (one) => `%${one.charCodeAt(0).toString(16).padStart(2, '0')}`)
    const head = `--${BOUNDARY}\r\nContent-Disposition: form-data; name="${name}"`
    const type = 'Content-Type: image/x-said-by-client'
    const tail = shown === undefined ? '\r\n\r\n' : `; filename="${shown}"\r\n${type}\r\n\r\n`
    return [Buffer.from(head + tail), Buffer.from(bytes ?? text ?? ''), Buffer.from('\r\n')]
  })
  const payload = Buffer.concat([...pieces, Buffer.from(`--${BOUNDARY}--\r\n`)])
  return { type: `multipart/form-data; boundary=${BOUNDARY}`, payload }
}

export function fileForm(bytes: Uint8Array | string, filename = 'nota.txt'): Part[] {
  return [{ name: 'file', bytes: typeof bytes === 'string' ? Buffer.from(bytes) : bytes, filename }]
}
