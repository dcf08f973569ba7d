import { readFileSync } from 'node:fs'

/** Name and version of this package, for --version and for the manifests of backups. */
export function tool(): { name: string; version: string } {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8')
  const { name, version } = JSON.parse(text) as { name: string; version: string }
  return { name, version }
}
