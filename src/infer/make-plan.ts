import type { FileHandle } from 'node:fs/promises'
import type { Source } from '../jsonstore/source.ts'
import { schemaName } from '../schema/names.ts'
import { type Note, type Plan, type Reference, type Table, VALUES_TABLE } from '../schema/plan.ts'
import { formatPointer, parsePointer } from '../schema/pointer.ts'
import { keyVerdicts, LONGEST_KEY } from './choose-key.ts'
import { type DraftCollection, draftCollection } from './collections.ts'
import { rekeyChildren } from './columns.ts'
import { mayRefer } from './key-names.ts'
import type { FieldProfile, ObjectProfile } from './object-profile.ts'
import type { ValueProfile } from './profile.ts'
import type { MemberProfile } from './profile-builder.ts'
import { proposalsFor } from './proposals.ts'
import { cycleNotes, findReferences, orphanText, type Referrer, type Target } from './references.ts'
import { hashesAt, lookAgain } from './second-look.ts'
import { readingOf } from './sources.ts'
import type { StoreProfile } from './store-profile.ts'

/** Examples shown per finding. */
const EXAMPLES = 10

/**
 * The plan of a profiled store. Deterministic: the same bytes and name give the same plan. It reads parts of the file a
 * second time where hashes raise a suspicion (a duplicated key, an orphan) that only the values can settle.
 */
export async function makePlan(file: FileHandle, profile: StoreProfile, store: string): Promise<Plan> {
  const notes: Note[] = []
  const tables = new Set<string>([VALUES_TABLE])
  const drafts = profile.members.map((member) => draftCollection(member, tables, notes))
  for (const draft of drafts) await chooseKey(file, draft, notes)
  for (const draft of drafts) propose(draft)
  const references = await refer(file, drafts, notes)
  if (profile.byteOrderMark)
    notes.push({
      id: 'byte-order-mark',
      pointer: '',
      message: 'The file begins with a byte order mark; export writes none.',
    })
  return {
    $schema: './outgrow-plan.schema.json',
    version: 1,
    store,
    schema: schemaName(store),
    document: profile.root,
    collections: drafts.map((draft) => draft.collection),
    references,
    notes,
  }
}

async function chooseKey(file: FileHandle, draft: DraftCollection, notes: Note[]): Promise<void> {
  const { collection, member, owner } = draft
  if (collection.kind !== 'list' || !owner || member.items === 0) return
  const { table } = collection
  const pointer = member.name === null ? '' : formatPointer([member.name])
  for (const verdict of keyVerdicts(owner, member.items)) {
    const { field } = verdict
    const column = table.columns.find((one) => one.pointer === formatPointer([field.name]))
    if (!column && verdict.why === undefined) continue
    const twice = verdict.why === undefined ? await repeatedTexts(file, member, field) : []
    const why = verdict.why ?? (twice.length > 0 ? `stands more than once: ${twice.join('; ')}` : undefined)
    if (column && why === undefined) {
      table.key = [column.name]
      rekeyChildren(table)
      return
    }
    if (/^_?id$/i.test(field.name))
      notes.push({
        id: twice.length > 0 ? 'duplicate-key' : 'unfit-key',
        pointer,
        message: `\`${field.name}\` ${why}: it cannot be the key.`,
      })
  }
  notes.push({
    id: 'no-key',
    pointer,
    message: 'No member identifies every record: the key is _position, the place in the list.',
  })
}

/** `"7" in records 0, 4`, for each key text that truly stands more than once. */
async function repeatedTexts(file: FileHandle, member: MemberProfile, field: FieldProfile): Promise<string[]> {
  const { value } = field
  if (value.numbers > 0 && value.hashes && value.ascending) return []
  const source: Source = { file, span: member.span, reading: 'elements' }
  value.hashes ??= await hashesAt(source, [field.name])
  const suspects = value.hashes.repeated()
  if (suspects.size === 0) return []
  const question = { path: [field.name], wanted: (hash: number) => suspects.has(hash), most: 100_000 }
  const [sightings = []] = await lookAgain(source, [question])
  const positions = new Map<string, number[]>()
  for (const { text, position } of sightings)
    positions.set(text, [...(positions.get(text) ?? []).slice(0, EXAMPLES), position])
  const repeated = [...positions].filter(([, at]) => at.length > 1)
  const shown = repeated.slice(0, EXAMPLES).map(([text, at]) => `${JSON.stringify(text)} in records ${at.join(', ')}`)
  return repeated.length > EXAMPLES ? [...shown, `and ${repeated.length - EXAMPLES} more`] : shown
}

function propose({ collection, owner }: DraftCollection): void {
  if (collection.kind === 'values' || !owner) return
  const { table } = collection
  for (const { field, owner: holder, path } of fieldsOf(owner, [])) {
    const column = table.columns.find((one) => one.pointer === formatPointer(path))
    if (column) table.proposals.push(...proposalsFor(column, holder, field, table.key.includes(column.name)))
  }
}

async function refer(file: FileHandle, drafts: DraftCollection[], notes: Note[]): Promise<Reference[]> {
  const targets = drafts.flatMap(targetsOf)
  const found = findReferences(drafts.flatMap(referrersOf), targets)
  for (const { referrer, reference } of found) {
    const draft = drafts.find((one) => one.collection.name === referrer.collection) as DraftCollection
    const target = targets.find((one) => one.table === reference.to_table)
    if (reference.evidence.contained === reference.evidence.values || !target) continue
    const question = { path: referrer.path, wanted: (hash: number) => !target.hashes.has(hash), most: EXAMPLES }
    const [orphans = []] = await lookAgain({ file, span: draft.member.span, reading: readingOf(draft.collection) }, [
      question,
    ])
    reference.evidence.orphans = orphans.map((orphan) => orphanText(referrer.collection, orphan))
  }
  const references = found.map((one) => one.reference)
  notes.push(...drafts.flatMap(polymorphicNotes), ...cycleNotes(references))
  return references
}

function targetsOf({ collection, member, owner }: DraftCollection): Target[] {
  if (collection.kind === 'values' || collection.kind === 'singleton' || !owner) return []
  const { table, name } = collection
  const column = table.columns.find((one) => one.name === table.key[0])
  if (!column) return []
  if (column.pointer === '#')
    return [{ collection: name, table: table.name, column: column.name, json: 'text', hashes: member.names }]
  const field = owner.fields.find((one) => formatPointer([one.name]) === column.pointer)
  if (!field?.value.hashes) return []
  const json = field.value.numbers > 0 ? 'number' : 'text'
  return [{ collection: name, table: table.name, column: column.name, json, hashes: field.value.hashes }]
}

function referrersOf({ collection, owner }: DraftCollection): Referrer[] {
  if (collection.kind === 'values' || !owner) return []
  return [...fieldsOf(owner, [])].flatMap(({ field, path }): Referrer[] => {
    const { hashes } = field.value
    const place = columnAt(collection.table, path)
    if (!hashes || hashes.length === 0 || !place || !mayRefer(field.name, path.slice(0, -1))) return []
    if (!fitsIndex(field.value)) return []
    const scalars = field.value.element ?? field.value
    return [
      {
        collection: collection.name,
        table: place.table.name,
        column: place.column,
        path,
        cardinality: field.value.lists > 0 ? 'many' : 'one',
        json: scalars.numbers > 0 ? 'number' : 'text',
        hashes,
      },
    ]
  })
}

/** Every reference gets an index: what no index takes is left a plain column. */
function fitsIndex(value: ValueProfile): boolean {
  const longest = [value, value.element].map((one) => Math.max(one?.longestText ?? 0, one?.longestNumber ?? 0))
  return Math.max(...longest) <= LONGEST_KEY && (value.lists > 0 || value.objects === 0)
}

/** The members of a record, of the objects in it, and of the objects in its lists, each with its path. */
function* fieldsOf(
  owner: ObjectProfile,
  path: string[],
): Generator<{ field: FieldProfile; owner: ObjectProfile; path: string[] }> {
  for (const field of owner.fields) {
    const at = [...path, field.name]
    yield { field, owner, path: at }
    const inner = field.value.members ?? field.value.element?.members
    if (inner) yield* fieldsOf(inner, at)
  }
}

/** The table and column that hold the member at a path, through child tables. */
function columnAt(table: Table, path: string[]): { table: Table; column: string } | undefined {
  const column = table.columns.find((one) => one.pointer === formatPointer(path))
  if (column) return { table, column: column.name }
  for (const child of table.children) {
    const steps = parsePointer(child.pointer) ?? []
    if (steps.length < path.length && steps.every((step, i) => step === path[i]))
      return columnAt(child.table, path.slice(steps.length))
  }
  return undefined
}

/** `ownerType` beside `ownerId`: one column that refers to several collections cannot have a foreign key. */
function polymorphicNotes({ member, owner }: DraftCollection): Note[] {
  const names = new Set(owner?.fields.map((field) => field.name))
  return [...names].flatMap((name) => {
    const match = /^(.+?)(_type|Type)$/.exec(name)
    const id = match && [`${match[1]}Id`, `${match[1]}_id`, `${match[1]}ID`].find((one) => names.has(one))
    if (!id) return []
    const pointer = formatPointer([...(member.name === null ? [] : [member.name]), id])
    return [
      {
        id: 'polymorphic-reference',
        pointer,
        message: `\`${name}\` says which collection \`${id}\` refers to: no foreign key can.`,
      },
    ]
  })
}
