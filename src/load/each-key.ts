import { keyWriterOf, type Standing, writeMemberName } from '../codec/key-writer.ts'
import { Bytes } from '../jsonstore/bytes.ts'
import { DONE, ITEM, Items } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import type { Source } from '../jsonstore/source.ts'
import { Window } from '../jsonstore/window.ts'
import type { PlacedTable } from '../schema/tables.ts'

/** Calls `visit` with the key of every record that has one, as COPY text valid during the call, and its position from 0. */
export async function eachKey(
  source: Source,
  placed: PlacedTable,
  visit: (key: Bytes, position: number) => void,
): Promise<void> {
  const keys = new KeyTable()
  const writeKey = keyWriterOf(placed.table, keys)
  const standing: Standing = { position: 0, name: new Bytes(64) }
  const key = new Bytes(64)
  const items = new Items(await windowOn(source), source.reading, keys)
  for (;;) {
    const found = items.next()
    if (found === DONE) return
    if (found !== ITEM) {
      await items.fill()
      continue
    }
    standing.position = items.count
    if (placed.kind === 'keyed') writeMemberName(items.name, standing.name)
    key.clear()
    if (writeKey(items.tape, 0, standing, key)) visit(key, items.count - 1)
  }
}

async function windowOn({ file, span }: Source): Promise<Window> {
  const window = new Window(file, span.from, span.to)
  await window.fill()
  return window
}
