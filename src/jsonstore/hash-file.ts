import { createHash } from 'node:crypto'
import { type FileHandle, open } from 'node:fs/promises'

const CHUNK = 1 << 20

/** The bytes of a file from its beginning, in chunks of 1 MiB, the next read ahead. A chunk is valid until the one after next. */
export async function* readChunks(file: FileHandle): AsyncGenerator<Buffer, void, void> {
  let buffer = Buffer.allocUnsafe(CHUNK)
  let other = Buffer.allocUnsafe(CHUNK)
  let at = 0
  let reading = file.read(buffer, 0, CHUNK, at)
  for (;;) {
    const { bytesRead } = await reading
    if (bytesRead === 0) return
    at += bytesRead
    const chunk = buffer.subarray(0, bytesRead)
    ;[buffer, other] = [other, buffer]
    reading = file.read(buffer, 0, CHUNK, at)
    // A reader that stops early never waits for this one.
    reading.catch(() => {})
    yield chunk
  }
}

/** Size and SHA-256 (hex) of an open file, from its beginning whatever was read of it before. */
export async function hashHandle(file: FileHandle): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256')
  let bytes = 0
  for await (const chunk of readChunks(file)) {
    hash.update(chunk)
    bytes += chunk.length
  }
  return { bytes, sha256: hash.digest('hex') }
}

/** As `hashHandle`, of the file at a path. Errors of the operating system surface as themselves. */
export async function hashFile(path: string): Promise<{ bytes: number; sha256: string }> {
  const file = await open(path)
  try {
    return await hashHandle(file)
  } finally {
    await file.close()
  }
}
