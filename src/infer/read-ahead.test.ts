import type { FileHandle } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { withFile } from '../../test/helpers/file.ts'
import type { Items } from '../jsonstore/items.ts'
import { makePlan } from './make-plan.ts'
import { objectData } from './profile-data.ts'
import { ReadAhead } from './read-ahead.ts'
import type { RestOfList } from './second-reader.ts'
import { profileStore } from './store-profile.ts'

/** Begins early, and remembers what came of it. */
class Watched extends ReadAhead {
  taken = 0
  #meets = -1

  override at(items: Items, take: (rest: RestOfList) => boolean): Promise<number | undefined> | undefined {
    const rest = super.at(items, take)
    if (!rest) return undefined
    this.#meets = items.offset
    return rest.then((to) => {
      if (to !== undefined) this.taken++
      expect(to ?? this.#meets + 1).toBeGreaterThan(this.#meets)
      return to
    })
  }
}

/** The file in reads of 4 KB, as if it were much larger; `spoil` may change what is read here, and not in the thread. */
function slowly(file: FileHandle, spoil: (bytes: Buffer, position: number) => void = () => {}): FileHandle {
  const read = async (into: Buffer, offset: number, length: number, position: number) => {
    const got = await file.read(into, offset, Math.min(length, 4096), position)
    spoil(into.subarray(offset, offset + got.bytesRead), position)
    return got
  }
  return { fd: file.fd, read } as unknown as FileHandle
}

async function inTwoThreads(text: string | Buffer, spoil?: (bytes: Buffer, position: number) => void) {
  return withFile(text, async (file, size) => {
    const ahead = new Watched(file, size, 20_000)
    const outcome = await profileStore(slowly(file, spoil), size, undefined, () => ahead).then(
      async (profile) => ({ profile, plan: await makePlan(file, profile, 'store') }),
      (error: unknown) => ({ error }),
    )
    return { ...outcome, taken: ahead.taken }
  })
}

async function inOneThread(text: string | Buffer) {
  return withFile(text, async (file, size) => {
    const alone = () => new ReadAhead(file, size, Number.POSITIVE_INFINITY)
    const profile = await profileStore(slowly(file), size, undefined, alone)
    return { profile, plan: await makePlan(file, profile, 'store') }
  })
}

/** Profiles the text both ways; true when the second thread's reading was made use of. */
async function expectSame(text: string | Buffer): Promise<boolean> {
  const two = await inTwoThreads(text)
  if ('error' in two) throw two.error
  const one = await inOneThread(text)
  expect(two.plan).toEqual(one.plan)
  const bare = ({ profile }: typeof one) => ({
    ...profile,
    members: profile.members.map(({ name, shape, span, items, records }) => ({
      ...{ name, shape, span, items },
      records: objectData(records).fields.map(({ name, seen, value }) => [
        name,
        seen,
        value.longestText,
        value.doubles,
      ]),
    })),
  })
  expect(bare({ ...two, profile: two.profile })).toEqual(bare(one))
  return two.taken > 0
}

const records = (count: number, more: (i: number) => object = () => ({})) =>
  Array.from({ length: count }, (_, i) => ({
    id: i + 1,
    name: `name ${i} é東京東京東京\t`,
    at: '2024-01-02',
    ...more(i),
  }))

const late = (i: number) => (i === 1999 ? { late: [{ id: 'x' }], at: 'then' } : {})

for (const space of [0, 2])
  test(`two threads come to the profile and plan of one, indented by ${space}`, async () => {
    expect(await expectSame(JSON.stringify({ records: records(2000, late) }, null, space))).toBe(true)
    expect(await expectSame(JSON.stringify(records(2000, late), null, space))).toBe(true)
  })

test('whichever of several lists the middle of the document is in, and with what stands behind it', async () => {
  const document = { few: records(20), many: records(1500, late), some: records(300), one: { a: 1 }, none: null }
  expect(await expectSame(JSON.stringify(document))).toBe(true)
  expect(await expectSame(JSON.stringify({ ...document, few: records(2500) }))).toBe(true)
})

test('a guess that meets no element of the list is dropped', async () => {
  const nested = records(200, () => ({ parts: records(10) }))
  const text = JSON.stringify({ records: records(3).concat(nested) })
  expect(await expectSame(text)).toBe(false)
  const quoted = JSON.stringify({ records: [...records(3), { id: 4, text: JSON.stringify(records(2000)) }] })
  expect(await expectSame(quoted.replaceAll('\\"', "'"))).toBe(false)
})

test('a second half that would have met a limit is read by the first thread', async () => {
  const wide = records(2000, (i) => (i < 1200 ? {} : { [`member ${i}`]: i }))
  expect(await expectSame(JSON.stringify({ records: wide }))).toBe(false)
})

const whole = Buffer.from(JSON.stringify({ records: records(2000) }))
const DAMAGES: Record<string, (bytes: Buffer) => Buffer> = {
  'a comma too many': (bytes) => Buffer.concat([bytes.subarray(0, -2), Buffer.from(',]}')]),
  'a quote that is gone': (bytes) => put(bytes, Math.floor(bytes.length * 0.8), 32),
  'a byte that is not UTF-8': (bytes) => put(bytes, Math.floor(bytes.length * 0.8), 0xff),
  'damage on either side': (bytes) => put(put(bytes, Math.floor(bytes.length * 0.3), 0xff), bytes.length - 200, 0xff),
  'an end that is missing': (bytes) => bytes.subarray(0, -100),
  'a second document': (bytes) => Buffer.concat([bytes, bytes]),
}

for (const [what, damage] of Object.entries(DAMAGES))
  test(`${what}: refused at the same place, in the same words`, async () => {
    const bytes = damage(Buffer.from(whole))
    const alone = await inOneThread(bytes).catch((error: unknown) => error)
    const two = await inTwoThreads(bytes)
    expect(alone).toMatchObject({ code: 'source-damaged' })
    expect('error' in two && two.error).toEqual(alone)
  })

function put(bytes: Buffer, at: number, byte: number): Buffer {
  bytes[bytes.indexOf('":', at)] = byte
  return bytes
}

test('threads that did not read the same bytes tell that the store changed', async () => {
  const changed = await inTwoThreads(whole, (bytes, position) => {
    if (position > whole.length * 0.75) bytes.set(Buffer.from('NAME'), Math.max(0, bytes.indexOf('name 1')))
  })
  expect(changed.taken).toBe(1)
  expect('error' in changed && changed.error).toMatchObject({ code: 'source-changed' })
})
