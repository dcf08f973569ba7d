import { describe, expect, it } from 'vitest'
import type { Outcome, Peer } from './peers/peer.ts'
import { psqlCopy } from './peers/psql-copy.ts'
import type { Entry } from './race.ts'
import { median, summarise } from './summary.ts'

const entry = (name: string, seconds: number[], records = 100, phases?: Record<string, number>): Entry => ({
  peer: { ...psqlCopy, name } satisfies Peer,
  version: '1',
  source: { records, json: '', keyed: true },
  outcomes: seconds.map((it): Outcome => ({ seconds: it, peakBytes: it * 10, ...(phases && { phases }) })),
})

describe('summarise', () => {
  it('takes ratios within each round, then their median', () => {
    const [, other] = summarise([entry('psql-copy', [1, 2, 4]), entry('other', [1, 4, 4])], 100)
    expect(other).toMatchObject({ seconds: 4, ratio: 1, peakBytes: 40 })
  })

  it('scales a contender that had fewer records up to the whole store', () => {
    const [, other] = summarise([entry('psql-copy', [1]), entry('other', [2], 10)], 100)
    expect(other).toMatchObject({ seconds: 20, ratio: 20, records: 10 })
  })

  it('puts the load alone behind a contender that tells its phases', () => {
    const rows = summarise([entry('psql-copy', [2]), entry('outgrow migrate', [5], 100, { load: 3 })], 100)
    expect(rows[2]).toMatchObject({ name: 'outgrow load alone', seconds: 3, ratio: 1.5 })
    expect(rows[2]).not.toHaveProperty('peakBytes')
  })

  it('gives no ratio without a floor, and takes pg for it where psql is absent', () => {
    expect(summarise([entry('other', [2])], 100)[0]).not.toHaveProperty('ratio')
    expect(summarise([entry('pg-copy', [1]), entry('other', [2])], 100)[1]?.ratio).toBe(2)
  })
})

describe('median', () => {
  it('is the middle, or the mean of the two in the middle', () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5])
  })
})
