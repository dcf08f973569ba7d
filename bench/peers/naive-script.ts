import { job } from '../places.ts'
import { measure } from '../process.ts'
import { tableRecords } from '../table-records.ts'
import type { Peer } from './peer.ts'

/** What people write on the day: parse the whole file, look at the first record, insert a thousand rows at a time. */
export const naiveScript: Peer = {
  name: 'naive-script',
  what: '`JSON.parse` of the file, INSERTs of 1,000 rows by pg',
  readsJson: true,
  // Some way above it the file no longer fits into one JavaScript string, and the script ends there.
  cap: 1_000_000,
  available: async () => ({ version: `Node ${process.version}` }),
  run: ({ url, source }) => measure({ argv: [process.execPath, job('naive-script.mjs'), url, source.json] }),
  rebuild: ({ url }, nulls) => tableRecords(url, { from: 'records', member: (column) => column, nulls }),
}
