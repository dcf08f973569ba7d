import { z } from 'zod'
import { OutgrowError } from '../errors.ts'
import { KINDS } from './names.ts'

const sha256 = z.string().regex(/^[0-9a-f]{64}$/)
const count = z.int().nonnegative()

const file = z.strictObject({
  /** Path within the backup, as it is on disk. */
  name: z.string(),
  bytes: count,
  sha256,
  rows: count.optional(),
  /** Encrypted files only: size and hash of what is inside. */
  content: z.strictObject({ bytes: count, sha256 }).optional(),
})

const table = z.strictObject({
  name: z.string(),
  /** In the order of the file's fields; `added` ones are not in the plan, somebody created them later. */
  columns: z.array(z.strictObject({ name: z.string(), type: z.string(), added: z.boolean().optional() })),
})

const manifest = z.strictObject({
  version: z.literal(1),
  /** Of the folder: a manifest that was moved to another one is found by it. */
  name: z.string(),
  store: z.string(),
  kind: z.enum(KINDS),
  run: z.string(),
  created: z.iso.datetime(),
  tool: z.string(),
  note: z.string().nullable(),
  server: z.string().nullable(),
  source: z.strictObject({ path: z.string(), bytes: count, sha256 }).nullable(),
  schema: z.string().nullable(),
  plan_sha256: sha256.nullable(),
  tables: z.array(table),
  files: z.array(file),
  /** The backup of the same store before this one. */
  previous: z.strictObject({ name: z.string(), manifest_sha256: sha256 }).nullable(),
  /** What a reader should know, e.g. a table of the schema that is not in the plan and so not in here. */
  remarks: z.array(z.string()),
  /** How to restore by hand, line by line, without outgrow. */
  restore: z.array(z.string()),
})

/** What a backup holds and where it came from; `manifest.json` in its folder. */
export type Manifest = z.infer<typeof manifest>
export type ManifestFile = z.infer<typeof file>
export type BackupTable = z.infer<typeof table>

export const MANIFEST = 'manifest.json'
/** Hashes of all files and of the manifest, in the format of `sha256sum --check`. */
export const SUMS = 'SHA256SUMS'

/** The manifest as JSON for a person to read. */
export function writeManifest(value: Manifest): string {
  return `${JSON.stringify(value, null, 2)}\n`
}

/** The manifest in `text`, checked in shape. Throws `backup-damaged`, naming `path`. */
export function readManifest(text: string, path: string): Manifest {
  const parsed = manifest.safeParse(parseJson(text, path))
  if (parsed.success) return parsed.data
  const [issue] = parsed.error.issues
  throw unreadable(`${issue?.path.join('.') ?? ''}: ${issue?.message ?? 'unknown'}`, path, parsed.error)
}

/** One line for each file, in the order given. */
export function writeSums(files: readonly { name: string; sha256: string }[]): string {
  return files.map((one) => `${one.sha256}  ${one.name}\n`).join('')
}

/** Name → SHA-256; lines that are no sums are left out, and so found missing. */
export function readSums(text: string): Map<string, string> {
  const lines = text.split('\n').map((line) => /^([0-9a-f]{64}) [ *](.+)$/.exec(line))
  return new Map(lines.flatMap((line) => (line === null ? [] : [[line[2] as string, line[1] as string]])))
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw unreadable(error.message, path, error)
  }
}

function unreadable(why: string, path: string, cause: unknown): OutgrowError {
  return new OutgrowError('backup-damaged', `The manifest is damaged: ${why}`, {
    place: path,
    next: 'Restore from another backup.',
    cause,
  })
}
