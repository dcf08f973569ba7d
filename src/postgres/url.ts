import { OutgrowError } from '../errors.ts'

/** The URL with its password, wherever it stands, replaced by `***`: what may be shown and logged. */
export function maskUrl(url: string): string {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !/^postgres(ql)?:$/.test(parsed.protocol)) {
    return url.replace(/^.*@/s, '***@').replace(/password=[^&\s]*/gi, 'password=***')
  }
  if (parsed.password !== '') parsed.password = '***'
  for (const name of ['password', 'sslpassword']) {
    if (parsed.searchParams.has(name)) parsed.searchParams.set(name, '***')
  }
  return parsed.href
}

/** `host:port` of the server that the URL names, for messages. */
export function hostOf(url: string): string {
  if (!URL.canParse(url)) return maskUrl(url)
  const parsed = new URL(url)
  const host = parsed.searchParams.get('host') ?? decodeURIComponent(parsed.hostname)
  return `${host === '' ? 'localhost' : host}:${parsed.searchParams.get('port') ?? (parsed.port || '5432')}`
}

/** The URL's database and user for messages, as the driver reads them. */
export function partsOf(url: string): { user: string; database: string } {
  const parsed = parseUrl(url)
  const user = parsed.searchParams.get('user') ?? decodeURIComponent(parsed.username)
  return { user, database: decodeURIComponent(parsed.pathname.slice(1)) || user }
}

/** The same server and credentials with another database. */
export function withDatabase(url: string, database: string): string {
  const parsed = parseUrl(url)
  parsed.pathname = `/${encodeURIComponent(database)}`
  return parsed.href
}

/** The parsed URL; refuses what is not a `postgres:` or `postgresql:` URL without repeating a password. */
export function parseUrl(url: string): URL {
  if (URL.canParse(url)) {
    const parsed = new URL(url)
    if (parsed.protocol === 'postgres:' || parsed.protocol === 'postgresql:') return parsed
  }
  throw new OutgrowError('target-unreachable', `not a PostgreSQL URL: ${maskUrl(url)}`, {
    next: 'Write it as postgres://user:password@host:5432/database.',
  })
}
