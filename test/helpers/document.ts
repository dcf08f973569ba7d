import type { FileHandle } from 'node:fs/promises'
import { isOutgrowError } from '../../src/errors.ts'
import { type DocumentShape, type Root, type Shape, type Span, walkDocument } from '../../src/jsonstore/document.ts'
import { KeyTable } from '../../src/jsonstore/keys.ts'
import { Window } from '../../src/jsonstore/window.ts'
import { withFile } from './file.ts'
import { decoded } from './json.ts'

/** A document put together again from what a walk tells of it. */
export interface ReadDocument extends DocumentShape {
  value: unknown
  members: { name: string | null; shape: Shape; span: Span; offsets: number[] }[]
}

/** How many bytes a read at a position may bring at most: a system call may always bring fewer than were asked for. */
export type ReadLimit = (position: number) => number

/** Walks the document in a file and puts its value together, names and items as they were told. */
export async function readDocument(
  content: Uint8Array,
  limit?: ReadLimit,
  root: Root = 'object',
): Promise<ReadDocument> {
  return withFile(content, (file) => readFile(file, limit, root))
}

async function readFile(file: FileHandle, limit: ReadLimit | undefined, root: Root): Promise<ReadDocument> {
  const members: ReadDocument['members'] = []
  const parts: { name: string | null; value: unknown }[] = []
  const shape = await walkDocument(
    new Window(limit ? limited(file, limit) : file),
    new KeyTable(),
    {
      begin: (name, shape) => {
        members.push({ name, shape, span: { from: -1, to: -1 }, offsets: [] })
        parts.push({ name, value: shape === 'list' ? [] : shape === 'object' ? Object.create(null) : undefined })
      },
      item: (items) => {
        const member = members.at(-1)
        const part = parts.at(-1)
        if (member === undefined || part === undefined) throw new Error('an item before its member')
        member.offsets.push(items.offset)
        const value = decoded(items.tape)
        if (member.shape === 'list') (part.value as unknown[]).push(value)
        else if (member.shape === 'object') (part.value as Record<string, unknown>)[items.name] = value
        else part.value = value
      },
      end: (span) => Object.assign(members.at(-1) ?? {}, { span }),
    },
    root,
  )
  const whole = parts[0]?.name === null
  return {
    ...shape,
    members,
    value: whole
      ? plain(parts[0]?.value)
      : plain(Object.fromEntries(parts.map(({ name, value }) => [name, plain(value)]))),
  }
}

/** An object without a prototype, as `Object.fromEntries` makes it: `__proto__` stays a name like any other. */
function plain(value: unknown): unknown {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
    ? Object.fromEntries(Object.entries(value))
    : value
}

/** A file handle whose reads bring fewer bytes than asked for. Only `read` is there: it is all that a window uses. */
function limited(file: FileHandle, limit: ReadLimit): FileHandle {
  const read = (buffer: Buffer, offset: number, length: number, position: number) =>
    file.read(buffer, offset, Math.min(length, limit(position)), position)
  return { read } as unknown as FileHandle
}

/** The byte offset and the message with which a document is refused; undefined when it is read. */
export async function refusalOf(
  content: Uint8Array | string,
  limit?: ReadLimit,
): Promise<{ offset: number; message: string } | undefined> {
  try {
    await readDocument(typeof content === 'string' ? Buffer.from(content) : content, limit)
    return undefined
  } catch (error) {
    if (!isOutgrowError(error, 'source-damaged')) throw error
    return { offset: Number(error.place?.replace('byte ', '')), message: error.message }
  }
}
