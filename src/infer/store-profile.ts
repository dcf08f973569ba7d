import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { type Root, walkDocument } from '../jsonstore/document.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { Window } from '../jsonstore/window.ts'
import { isIdLike } from './map-like.ts'
import { type MemberProfile, ProfileBuilder, TOO_MANY } from './profile-builder.ts'
import { ReadAhead } from './read-ahead.ts'

export interface StoreProfile {
  root: 'object' | 'map' | 'list'
  byteOrderMark: boolean
  bytes: number
  sha256: string
  members: MemberProfile[]
}

/** Reads a whole document once (twice when it turns out to be a map) and profiles every record in it, in two threads where that pays. */
export async function profileStore(
  file: FileHandle,
  bytes: number,
  progress?: (done: number, total: number) => void,
  newAhead = () => new ReadAhead(file, bytes),
): Promise<StoreProfile> {
  const asObject = await readOnce(file, bytes, 'object', progress, newAhead())
  if (asObject !== 'is a map' && !looksLikeMap(asObject)) return asObject
  return (await readOnce(file, bytes, 'map', progress, newAhead())) as StoreProfile
}

async function readOnce(
  file: FileHandle,
  bytes: number,
  root: Root,
  progress: ((done: number, total: number) => void) | undefined,
  ahead: ReadAhead,
): Promise<StoreProfile | 'is a map'> {
  const hash = createHash('sha256')
  let done = 0
  const window = new Window(file, 0, bytes, (chunk) => {
    hash.update(chunk)
    ahead.pass(chunk)
    done += chunk.length
    progress?.(done, bytes)
  })
  const builder = new ProfileBuilder(ahead)
  try {
    const shape = await walkDocument(window, new KeyTable(), builder, root)
    ahead.settle()
    return { ...shape, bytes, sha256: hash.digest('hex'), members: builder.members }
  } catch (error) {
    if (error === TOO_MANY) return 'is a map'
    throw error
  } finally {
    await ahead.close()
  }
}

function looksLikeMap(profile: StoreProfile): boolean {
  const { root, members } = profile
  if (root !== 'object' || members.length < 2) return false
  return members.every((member) => member.shape === 'object' && isIdLike(member.name ?? ''))
}
