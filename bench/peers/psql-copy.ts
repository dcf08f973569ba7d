import { FLAT_TABLE, flatMember } from '../flat-table.ts'
import { versionOf } from '../install.ts'
import { prepare, psql } from '../psql.ts'
import { tableRecords } from '../table-records.ts'
import type { Peer } from './peer.ts'

/** The floor: nothing that goes through a client loads rows with a primary key faster than this in one session. */
export const psqlCopy: Peer = {
  name: 'psql-copy',
  what: '`\\copy` of the same rows ready-made, primary key created before',
  readsJson: false,
  available: () => versionOf('psql', '--version'),
  async run({ url, source }) {
    await prepare(url, FLAT_TABLE)
    return psql(url, `\\copy records from '${source.copy}'`)
  },
  rebuild: ({ url }, nulls) => tableRecords(url, { from: 'records', member: flatMember, nulls }),
}
