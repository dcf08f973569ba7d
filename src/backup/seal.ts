import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { OutgrowError } from '../errors.ts'

/** A key for backups, and the name under which it is asked for; its bytes are in no message and no file. */
export interface BackupKey {
  key: Buffer
  keyId: string
}

/** Ending of the name of an encrypted file. */
export const SEALED = '.enc'

/** Bytes of content in a frame; part of the format. */
export const FRAME = 1 << 20

const MAGIC = Buffer.from('OUTGROW1')
const SALT = 16
const TAG = 16

/**
 * Encryption of one file: a header, then frames of 1 MiB of content (the last one shorter, or empty), each followed by its
 * 16-byte tag. Header: `OUTGROW1`, length of the key id (1 byte), key id, 16 bytes of salt. Each file has a key of its own,
 * HKDF-SHA-256 of the key and the salt; a frame is AES-256-GCM under the nonce of its number (12 bytes, big-endian), and
 * authenticates the header, the file's name, its number and whether it is the last. So frames that are cut off, repeated,
 * moved or taken from another file are found. (The construction is STREAM: https://eprint.iacr.org/2015/189.)
 */
export function openSeal(key: BackupKey, name: string): { header: Buffer; seal(block: Buffer, last: boolean): Buffer } {
  checkKey(key)
  const id = Buffer.from(key.keyId)
  const header = Buffer.concat([MAGIC, Buffer.from([id.length]), id, randomBytes(SALT)])
  const own = fileKey(key, header)
  let number = 0
  const seal = (block: Buffer, last: boolean): Buffer => {
    const cipher = createCipheriv('aes-256-gcm', own, nonce(number))
    cipher.setAAD(frameLabel(header, name, number++, last))
    return Buffer.concat([cipher.update(block), cipher.final(), cipher.getAuthTag()])
  }
  return { header, seal }
}

/** The content of a sealed file, frame by frame. Throws `backup-damaged`, before it hands out a byte that is not authentic. */
export async function* unseal(file: FileHandle, name: string, key?: BackupKey): AsyncGenerator<Buffer, void, void> {
  const header = await readHeader(file, name)
  const known = keyFor(header, name, key)
  const own = fileKey(known, header)
  const { size } = await file.stat()
  let at = header.length
  for (let number = 0; ; number++) {
    const frame = await readAt(file, at, Math.min(FRAME + TAG, size - at))
    at += frame.length
    const last = at >= size
    yield openFrame(own, frame, frameLabel(header, name, number, last), number, name)
    if (last) return
  }
}

/** The id of the key that a sealed file needs, read from its header. */
export async function keyIdOf(file: FileHandle, name: string): Promise<string> {
  return headerKeyId(await readHeader(file, name))
}

/** Refuses a key that is not 32 bytes, or an id that the header cannot hold. */
export function checkKey(key: BackupKey): void {
  const id = Buffer.byteLength(key.keyId)
  if (key.key.length === 32 && id > 0 && id < 256) return
  throw new OutgrowError('usage', `The backup key ${JSON.stringify(key.keyId)} cannot be used.`, {
    next: 'Give 32 random bytes as the key, and an id of 1 to 255 bytes: openssl rand 32 > backup.key',
  })
}

function openFrame(key: Buffer, frame: Buffer, label: Buffer, number: number, name: string): Buffer {
  const end = frame.length - TAG
  if (end < 0) throw notAuthentic(name, number)
  const decipher = createDecipheriv('aes-256-gcm', key, nonce(number), { authTagLength: TAG })
  decipher.setAAD(label)
  decipher.setAuthTag(frame.subarray(end))
  const content = decipher.update(frame.subarray(0, end))
  try {
    decipher.final()
  } catch (error) {
    throw notAuthentic(name, number, error)
  }
  return content
}

function keyFor(header: Buffer, name: string, key: BackupKey | undefined): BackupKey {
  const id = headerKeyId(header)
  if (key !== undefined && key.keyId === id) return key
  const given = key === undefined ? 'no key was given' : `the key given is ${JSON.stringify(key.keyId)}`
  throw new OutgrowError('backup-damaged', `${name} is encrypted with key ${JSON.stringify(id)}; ${given}.`, {
    place: name,
    next: `Give the backup key with the id ${JSON.stringify(id)}.`,
  })
}

async function readHeader(file: FileHandle, name: string): Promise<Buffer> {
  const start = await readAt(file, 0, MAGIC.length + 1 + 255 + SALT)
  const length = MAGIC.length + 1 + (start[MAGIC.length] ?? 0) + SALT
  if (start.subarray(0, MAGIC.length).equals(MAGIC) && start.length >= length) return start.subarray(0, length)
  throw new OutgrowError('backup-damaged', `${name} does not begin as an encrypted file does.`, { place: name })
}

function headerKeyId(header: Buffer): string {
  return header.subarray(MAGIC.length + 1, header.length - SALT).toString()
}

function fileKey(key: BackupKey, header: Buffer): Buffer {
  return Buffer.from(hkdfSync('sha256', key.key, header.subarray(-SALT), 'outgrow backup file', 32))
}

function frameLabel(header: Buffer, name: string, number: number, last: boolean): Buffer {
  const tail = Buffer.alloc(7)
  tail.writeUIntBE(number, 0, 6)
  tail[6] = last ? 1 : 0
  return Buffer.concat([header, Buffer.from(name), Buffer.from([0]), tail])
}

function nonce(number: number): Buffer {
  const bytes = Buffer.alloc(12)
  bytes.writeUIntBE(number, 6, 6)
  return bytes
}

async function readAt(file: FileHandle, at: number, length: number): Promise<Buffer> {
  const bytes = Buffer.allocUnsafe(Math.max(0, length))
  let filled = 0
  while (filled < bytes.length) {
    const { bytesRead } = await file.read(bytes, filled, bytes.length - filled, at + filled)
    if (bytesRead === 0) break
    filled += bytesRead
  }
  return bytes.subarray(0, filled)
}

function notAuthentic(name: string, number: number, cause?: unknown): OutgrowError {
  return new OutgrowError('backup-damaged', `${name} is not what was encrypted: frame ${number} is not authentic.`, {
    place: name,
    next: 'Restore from another backup. If the key has changed under the same id, give the former one.',
    cause,
  })
}
