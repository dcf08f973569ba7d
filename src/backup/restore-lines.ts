import type { Manifest } from './manifest.ts'
import { SEALED } from './seal.ts'

/** The file of a backup that creates the tables and fills them, for psql. */
export const RESTORE_SQL = 'restore.sql'
/** The store as it was, byte for byte. */
export const STORE_FILE = 'store.json'

/** Shell lines that restore by hand, without outgrow; to be run inside the backup's folder. */
export function restoreLines(manifest: Manifest, keyId?: string): string[] {
  const has = (name: string): boolean =>
    manifest.files.some((file) => file.name === name || file.name === `${name}${SEALED}`)
  if (keyId !== undefined) {
    return [`# Encrypted with key ${JSON.stringify(keyId)}: outgrow backup restore, given this key.`]
  }
  return [
    '# In this folder. First see that nothing is damaged:',
    'sha256sum --check SHA256SUMS',
    ...(has(STORE_FILE)
      ? ['# The JSON file:', `cp ${STORE_FILE} ${shellQuote(manifest.source?.path ?? 'STORE')}`]
      : []),
    ...(has(RESTORE_SQL)
      ? [
          `# The tables, into a database without schema ${JSON.stringify(manifest.schema)} (drop it first where it is):`,
          `psql --no-psqlrc --single-transaction --set ON_ERROR_STOP=1 --file ${RESTORE_SQL} "$DATABASE_URL"`,
        ]
      : []),
  ]
}

function shellQuote(text: string): string {
  return /^[A-Za-z0-9_./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`
}
