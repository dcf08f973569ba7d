import { type FileHandle, mkdtemp, open, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Runs `use` on an open file that holds the given bytes, and removes it. */
export async function withFile<T>(
  content: string | Uint8Array,
  use: (file: FileHandle, size: number, path: string) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'outgrow-'))
  try {
    const path = join(folder, 'store.json')
    await writeFile(path, content)
    const file = await open(path)
    try {
      return await use(file, (await file.stat()).size, path)
    } finally {
      await file.close()
    }
  } finally {
    await rm(folder, { recursive: true })
  }
}

/** A sink that keeps a copy of what it is given. */
export class MemorySink {
  #chunks: Buffer[] = []

  write(bytes: Uint8Array): void {
    this.#chunks.push(Buffer.from(bytes))
  }

  get content(): Buffer {
    return Buffer.concat(this.#chunks)
  }

  get text(): string {
    return this.content.toString()
  }
}
