import { describe, expect, it } from 'vitest'
import { copyLine, csvLine, type Row, rows } from './rows.ts'

const odd: Row = {
  id: 7,
  name: 'a\tb',
  email: 'x@y',
  createdAt: '2024-05-01T10:00:00.000Z',
  score: 1.5,
  active: false,
  status: 'open',
  note: 'c:\\d "e", f\ng',
}

describe('the rows of the flat store', () => {
  it('are the same on every run, and a prefix of a longer store', () => {
    expect([...rows(50)]).toEqual([...rows(200)].slice(0, 50))
  })

  it('are about 183 bytes each as compact JSON', () => {
    const all = [...rows(5_000)].map((row) => Buffer.byteLength(JSON.stringify(row)) + 1)
    const mean = all.reduce((sum, bytes) => sum + bytes, 0) / all.length
    expect(mean).toBeGreaterThan(178)
    expect(mean).toBeLessThan(188)
  })

  it('have escapes and non-ASCII text among them', () => {
    const text = JSON.stringify([...rows(200)])
    for (const part of ['\\n', '\\t', '\\"', '\\\\', 'ç', '京', '🚀']) expect(text).toContain(part)
  })

  it('become COPY text and CSV without a cell being torn', () => {
    expect(copyLine(odd)).toBe('7\ta\\tb\tx@y\t2024-05-01T10:00:00.000Z\t1.5\tf\topen\tc:\\\\d "e", f\\ng\n')
    expect(csvLine(odd)).toBe('7,a\tb,x@y,2024-05-01T10:00:00.000Z,1.5,f,open,"c:\\d ""e"", f\ng"\n')
  })
})
