import { dlt } from './dlt.ts'
import { duckdbCsv } from './duckdb-csv.ts'
import { naiveScript } from './naive-script.ts'
import { outgrow } from './outgrow.ts'
import type { Peer } from './peer.ts'
import { pgCopy } from './pg-copy.ts'
import { pgloader } from './pgloader.ts'
import { psqlCopy } from './psql-copy.ts'

/** In the order of each round; the floor first, and what is judged against it right behind. */
export const PEERS: readonly Peer[] = [psqlCopy, outgrow, pgCopy, duckdbCsv, pgloader, dlt, naiveScript]
