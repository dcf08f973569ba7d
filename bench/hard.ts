import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/** A store with one difficulty: its records as JSON texts, for JavaScript's own numbers could not hold some of them. */
export interface HardStore {
  difficulty: string
  records: string[]
}

const RECORDS = 20
/** How a record of the store looks beside its id: the text of its other members, given its place from 0. */
type Members = (place: number) => string

const cycle =
  (...choices: string[]): Members =>
  (place) =>
    choices[place % choices.length] as string

const DIFFICULTIES: Record<string, Members> = {
  'missing, null and empty': cycle('"owner":"ana"', '"owner":null', '"size":1', '"owner":""'),
  'mixed types': cycle('"value":1', '"value":"1"', '"value":true', '"value":[1]', '"value":{"a":1}'),
  'integers beyond 2^53': cycle('"total":9007199254740993', '"total":9223372036854775807', '"total":-9007199254740995'),
  'thirty digits': cycle('"total":123456789012345678901234567890', '"total":1', '"total":0.1234567890123456789'),
  'U+0000 in text': cycle('"note":"a\\u0000b"', '"note":"plain"', '"note":"\\u0000"'),
  'lone surrogates': cycle('"note":"\\ud800"', '"note":"\\ud83d\\ude80"', '"note":"x\\udc00y"'),
  nested: cycle(
    '"author":{"name":"Ana","roles":["a","b"]},"tags":["x"]',
    '"author":{"name":"Bo","at":{"city":null}},"tags":[]',
    '"author":null,"tags":[["y"],[null]]',
  ),
  'digits as text': cycle('"code":"007"', '"code":"1e5"', '"code":" 7 "', '"code":"0"'),
  'instants in several forms': cycle(
    '"at":"2024-05-01T10:00:00Z"',
    '"at":"2024-05-01T10:00:00.250Z"',
    '"at":"2024-05-01T12:00:00+02:00"',
    '"at":"2024-05-01"',
  ),
  'a member of the last record alone': (place) => (place === RECORDS - 1 ? '"rare":{"seen":"once"}' : '"common":1'),
  'names that fold together': () => '"userId":1,"userid":2,"user_id":3,"select":4,"a.b":5',
}

/** All hard stores, each of 20 records whose ids are 1 to 20; in the last one an id occurs twice. */
export function hardStores(): HardStore[] {
  const places = Array.from({ length: RECORDS }, (_, place) => place)
  const stores = Object.entries(DIFFICULTIES).map(([difficulty, members]) => ({
    difficulty,
    records: places.map((place) => `{"id":${place + 1},${members(place)}}`),
  }))
  const twice = places.map((place) => `{"id":${Math.max(1, place)},"label":"record ${place}"}`)
  return [...stores, { difficulty: 'an id used twice', records: twice }]
}

/** Writes the store as `{"records":[…]}` into `dir` and returns its path. */
export async function writeHardStore(dir: string, store: HardStore): Promise<string> {
  const path = join(dir, `${store.difficulty.replace(/\W+/g, '-')}.json`)
  await mkdir(dir, { recursive: true })
  await writeFile(path, `{"records":[${store.records.join(',')}]}`)
  return path
}
