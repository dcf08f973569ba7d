import { FLAT_TABLE, flatMember } from '../flat-table.ts'
import { job } from '../places.ts'
import { measure } from '../process.ts'
import { prepare } from '../psql.ts'
import { tableRecords } from '../table-records.ts'
import type { Peer } from './peer.ts'

/** The same file through the driver that outgrow uses: what Node itself adds to the floor. */
export const pgCopy: Peer = {
  name: 'pg-copy',
  what: 'COPY by pg + pg-copy-streams of the same ready-made rows',
  readsJson: false,
  available: async () => ({ version: `Node ${process.version}` }),
  async run({ url, source }) {
    await prepare(url, FLAT_TABLE)
    return measure({ argv: [process.execPath, job('pg-copy.mjs'), url, String(source.copy)] })
  },
  rebuild: ({ url }, nulls) => tableRecords(url, { from: 'records', member: flatMember, nulls }),
}
