import { createHash } from 'node:crypto'
import { readSync } from 'node:fs'
import { parentPort } from 'node:worker_threads'
import { isOutgrowError } from '../errors.ts'
import { DONE, ITEM, Items } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { Window } from '../jsonstore/window.ts'
import { type MemberProfile, ProfileBuilder } from './profile-builder.ts'
import { objectData, valueData } from './profile-data.ts'
import type { Reading, RestOfList } from './second-reader.ts'

/** The other side of SecondReader: one message in, one out. */
parentPort?.once('message', (reading: Reading) => {
  void readRest(reading).then((rest) => parentPort?.postMessage(rest))
})

async function readRest(reading: Reading): Promise<RestOfList | undefined> {
  try {
    return await restOfList(reading)
  } catch (error) {
    if (isOutgrowError(error, 'source-damaged') || isOutgrowError(error, 'source-unfit')) return undefined
    throw error
  }
}

async function restOfList({ fd, from, bytes }: Reading): Promise<RestOfList> {
  const hash = createHash('sha256')
  const keys = new KeyTable()
  const builder = new ProfileBuilder()
  builder.begin(null, 'list')
  // The byte before stands for the opening bracket, over which the walk steps without a look.
  const window = new Window(readerOf(fd), from - 1, bytes, (chunk) => hash.update(chunk))
  const items = new Items(window, 'elements', keys)
  for (let found = items.next(); found !== DONE; found = items.next()) {
    if (found === ITEM) builder.item(items)
    else await items.fill()
  }
  const to = window.offset
  await window.passTo(bytes)
  const member = builder.members[0] as MemberProfile
  return {
    to,
    items: member.items,
    records: objectData(member.records),
    scalars: valueData(member.scalars),
    fields: builder.fields,
    names: keys.names.length,
    sha256: hash.digest('hex'),
  }
}

/** This thread has nothing else to do: it may as well wait for the disk. */
function readerOf(fd: number) {
  return {
    read: async (buffer: Buffer, offset: number, length: number, position: number) => ({
      bytesRead: readSync(fd, buffer, offset, length, position),
    }),
  }
}
