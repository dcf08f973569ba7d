import { createHash } from 'node:crypto'
import { type FileHandle, mkdir, open, readdir, rename, stat, unlink } from 'node:fs/promises'
import { basename, join } from 'node:path'
import type { Readable } from 'node:stream'
import { fileTypeFromFile } from 'file-type'
import { hasCode } from '../strategies/sample.ts'
import type { Stored } from './file.ts'
import { TextSniff } from './text-sniff.ts'

/** Names that this folder makes up; what is called otherwise is not ours to sweep. */
const OURS = /^[0-9a-f]{8}-[0-9a-f-]{27}\.[a-z0-9.]{1,12}$/

/** Bytes that are still coming in. */
const PART = '.part'

/**
 * Where the bytes of uploads lie. A record is written after its bytes are durable, and bytes go after the record's removal is
 * committed: a crash leaves bytes that no record names, which the sweep removes, and never a record without bytes.
 */
export class UploadFolder {
  readonly #path: string
  readonly #uuid: () => string

  constructor(path: string, uuid: () => string) {
    this.#path = path
    this.#uuid = uuid
  }

  /** Makes the stream's bytes durable under a name of its own. A stream that fails, or an error of the disk, leaves nothing. */
  async receive(stream: Readable, originalName: string): Promise<Stored> {
    await mkdir(this.#path, { recursive: true })
    const id = this.#uuid()
    const part = this.#at(id + PART)
    try {
      const { size, sha256, isText } = await writeDurably(part, stream)
      const type = await fileTypeFromFile(part)
      const { mime, ext } = type ?? (isText ? TEXT : BINARY)
      const storedName = `${id}.${ext}`
      await rename(part, this.#at(storedName))
      await syncFolder(this.#path)
      return { storedName, originalName, size, sha256, mimeType: mime }
    } catch (error) {
      await this.remove(id + PART)
      throw error
    }
  }

  /** The bytes of a name that a record holds; undefined when there are none, or the name leads out of the folder. */
  async open(storedName: string): Promise<{ handle: FileHandle; size: number } | undefined> {
    if (!isPlainName(storedName)) return undefined
    const handle = await open(this.#at(storedName)).catch(unlessMissing)
    if (handle === undefined) return undefined
    const { size } = await handle.stat()
    return { handle, size }
  }

  /** Does nothing when it is gone already. */
  async remove(storedName: string): Promise<void> {
    if (isPlainName(storedName)) await unlink(this.#at(storedName)).catch(unlessMissing)
  }

  /**
   * Removes bytes of ours that no record names and that lie there for `age` milliseconds; their number. The folder is read
   * before the records are, so that bytes whose record is written meanwhile are seen to be named.
   */
  async sweep(named: () => Promise<Set<string>>, age: number): Promise<number> {
    const names = (await readdir(this.#path).catch(unlessMissing)) ?? []
    const ours = names.filter((name) => OURS.test(name))
    if (ours.length === 0) return 0
    const kept = await named()
    let swept = 0
    for (const name of ours.filter((one) => !kept.has(one))) {
      const state = await stat(this.#at(name)).catch(unlessMissing)
      if (state === undefined || Date.now() - state.ctimeMs < age) continue
      await this.remove(name)
      swept++
    }
    return swept
  }

  #at(name: string): string {
    return join(this.#path, name)
  }
}

const TEXT = { mime: 'text/plain', ext: 'txt' }
const BINARY = { mime: 'application/octet-stream', ext: 'bin' }

async function writeDurably(
  path: string,
  stream: Readable,
): Promise<{ size: number; sha256: string; isText: boolean }> {
  const handle = await open(path, 'wx', 0o640)
  try {
    const hash = createHash('sha256')
    const text = new TextSniff()
    let size = 0
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      hash.update(chunk)
      text.see(chunk)
      size += chunk.length
      await handle.writeFile(chunk)
    }
    await handle.sync()
    return { size, sha256: hash.digest('hex'), isText: text.end() }
  } finally {
    await handle.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path)
  await folder.sync().finally(() => folder.close())
}

/** Old records may name anything; only a file of the folder itself is meant. */
function isPlainName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && basename(name) === name && !name.includes('\0')
}

function unlessMissing(error: unknown): undefined {
  if (!hasCode(error, 'ENOENT')) throw error
}
