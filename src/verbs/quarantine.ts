import { spanOf } from '../codec/copy-text.ts'
import { pointerOf } from '../infer/sources.ts'
import type { QuarantinedRecord } from '../journal/quarantine.ts'
import { DONE, ITEM, Items } from '../jsonstore/items.ts'
import { KeyTable } from '../jsonstore/keys.ts'
import { Window } from '../jsonstore/window.ts'
import { formatPointer } from '../schema/pointer.ts'
import type { PreparedRun } from './prepare-run.ts'

/** The records that the plan cannot take, each with its bytes as they stand in the source. */
export async function quarantineEntries({ plan, sources, unfit }: PreparedRun): Promise<QuarantinedRecord[]> {
  const entries: QuarantinedRecord[] = []
  for (const [name, records] of unfit) {
    const source = sources.get(name)
    const collection = plan.collections.find((one) => one.name === name)
    if (!source || !collection) continue
    const reasons = new Map(records.map((record) => [record.position, record]))
    const items = new Items(new Window(source.file, source.span.from, source.span.to), source.reading, new KeyTable())
    for (;;) {
      const found = items.next()
      if (found === DONE) break
      if (found !== ITEM) {
        await items.fill()
        continue
      }
      const position = items.count - 1
      const why = reasons.get(position)
      if (!why) continue
      const { from, to } = spanOf(items.tape, 0)
      const raw = Buffer.from(items.tape.bytes.slice(from, to))
      const pointer =
        pointerOf(plan, collection) + formatPointer([source.reading === 'members' ? items.name : position])
      entries.push({
        collection: name,
        position,
        pointer,
        reason: `${why.column}: ${why.reason}`,
        record: raw.toString('utf8'),
        raw,
      })
    }
  }
  return entries
}
