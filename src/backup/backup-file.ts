import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { OutgrowError } from '../errors.ts'
import { fileError } from '../jsonstore/file-error.ts'
import { FileSink, type Sink } from '../jsonstore/file-sink.ts'
import type { ManifestFile } from './manifest.ts'
import { type BackupKey, FRAME, openSeal, SEALED } from './seal.ts'

/** Size and SHA-256 (hex) of a file's content, as it was written by the caller. */
export interface Content {
  bytes: number
  sha256: string
}

/** One file of a backup that is being written. */
export interface BackupFile extends Sink {
  /** Takes the bytes by copy. When a promise comes back, wait for it before the next write and before reusing them. */
  write(bytes: Uint8Array): void | Promise<void>
  /** Ends the file, on disk when it returns. `rows` goes into the manifest. */
  close(rows?: number): Promise<Content>
}

export interface OpenFile extends BackupFile {
  /** Gives the file up; it stays as it is. */
  abandon(): Promise<void>
}

/**
 * Creates a file of a backup, encrypted when there is a key; hashing and the disk run side by side. `done` gets the entry
 * for the manifest once the file is synced. Refuses a name that is taken or leads out of the folder.
 */
export async function createBackupFile(
  folder: string,
  name: string,
  key: BackupKey | undefined,
  done: (entry: ManifestFile) => void,
): Promise<OpenFile> {
  if (!/^[A-Za-z0-9_%-][A-Za-z0-9._%-]*(\/[A-Za-z0-9_%-][A-Za-z0-9._%-]*)*$/.test(name)) {
    throw new OutgrowError('failure', `A backup cannot hold a file of the name ${JSON.stringify(name)}.`)
  }
  const onDisk = key === undefined ? name : `${name}${SEALED}`
  const path = join(folder, onDisk)
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 })
    const file = await open(path, 'wx', 0o600)
    const parts = key === undefined ? plainSink(file) : await sealedSink(file, name, key)
    return openFile(file, path, parts, (content, disk, rows) => {
      const entry = { name: onDisk, ...disk, ...(rows === undefined ? {} : { rows }) }
      done(key === undefined ? entry : { ...entry, content })
    })
  } catch (error) {
    throw fileError(error, 'write the backup file', path)
  }
}

interface Parts {
  sink: FileSink
  /** Of the content, and of the bytes on disk. Called once, at the end. */
  sums(): { content: Content; disk: Content }
}

function plainSink(file: FileHandle): Parts {
  const hash = createHash('sha256')
  const sink = new FileSink(file, (block) => hash.update(block))
  const sums = () => {
    const content = { bytes: sink.bytes, sha256: hash.digest('hex') }
    return { content, disk: content }
  }
  return { sink, sums }
}

async function sealedSink(file: FileHandle, name: string, key: BackupKey): Promise<Parts> {
  const { header, seal } = openSeal(key, name)
  const [inside, outside] = [createHash('sha256'), createHash('sha256').update(header)]
  let bytes = header.length
  await file.writeFile(header).catch(async (error: unknown) => {
    await file.close()
    throw error
  })
  const filter = (block: Buffer, last: boolean): Buffer => {
    const frame = seal(block, last)
    outside.update(frame)
    bytes += frame.length
    return frame
  }
  const sink = new FileSink(file, (block) => inside.update(block), filter, FRAME)
  const sums = () => ({
    content: { bytes: sink.bytes, sha256: inside.digest('hex') },
    disk: { bytes, sha256: outside.digest('hex') },
  })
  return { sink, sums }
}

function openFile(
  file: FileHandle,
  path: string,
  { sink, sums }: Parts,
  done: (content: Content, disk: Content, rows: number | undefined) => void,
): OpenFile {
  const told = (error: unknown): never => {
    throw fileError(error, 'write the backup file', path)
  }
  const close = async (rows?: number): Promise<Content> => {
    try {
      await sink.finish()
      await file.sync()
    } finally {
      await file.close()
    }
    const { content, disk } = sums()
    done(content, disk, rows)
    return content
  }
  return {
    write: (bytes) => sink.write(bytes)?.catch(told),
    close: (rows) => close(rows).catch(told),
    abandon: () => file.close(),
  }
}
