import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { FLAT_TABLE, flatMember } from '../flat-table.ts'
import { install, versionOf } from '../install.ts'
import { CACHE } from '../places.ts'
import { measure } from '../process.ts'
import { prepare } from '../psql.ts'
import { tableRecords } from '../table-records.ts'
import type { Availability, Context, Peer } from './peer.ts'

const HOME = join(CACHE, 'pgloader-debian')
const UNPACKED = join(HOME, 'root/usr/bin/pgloader')

/** The well-known loader. It reads no JSON, so it gets a CSV that somebody else has already made. */
export const pgloader: Peer = {
  name: 'pgloader',
  what: 'loads a ready-made CSV (it reads no JSON)',
  readsJson: false,
  async available() {
    return (await find()).availability
  },
  run,
  rebuild: ({ url }, nulls) => tableRecords(url, { from: 'records', member: flatMember, nulls }),
}

/** The one on the machine, else Debian's package unpacked into the cache, not installed into the system. */
async function find(): Promise<{ program: string; availability: Availability }> {
  const own = await versionOf('pgloader', '--version')
  if ('version' in own) return { program: 'pgloader', availability: own }
  if (!existsSync(HOME)) {
    const unpack = 'for file in *.deb; do dpkg -x "$file" root; done'
    const failure = await install(HOME, ['apt-get', 'download', 'pgloader'], ['sh', '-c', unpack])
    if (failure !== undefined) return { program: '', availability: { missing: failure } }
  }
  return { program: UNPACKED, availability: await versionOf(UNPACKED, '--version') }
}

async function run({ url, source, scratch }: Context) {
  const { program } = await find()
  await prepare(url, FLAT_TABLE)
  const script = join(scratch, 'records.load')
  await writeFile(script, loadFile(url, String(source.csv)))
  return measure({ argv: [program, '--root-dir', scratch, script], cwd: scratch })
}

const COLUMNS = '(id, name, email, created_at, score, active, status, note)'

function loadFile(url: string, csv: string): string {
  return `load csv from '${csv}' ${COLUMNS}
  into ${url.replace('postgres://', 'postgresql://')}
  target table public.records ${COLUMNS}
  with fields optionally enclosed by '"', fields escaped by double-quote, fields terminated by ',';
`
}
