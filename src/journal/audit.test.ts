import { setTimeout as delay } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type TestDatabase, testDatabase, testRole } from '../../test/helpers/database.ts'
import { type Connection, connect } from '../postgres/connect.ts'
import { inTransaction } from '../postgres/transaction.ts'
import { appendAudit, listAudit } from './audit.ts'
import { checkAudit } from './audit-check.ts'
import { type AuditEntry, hashOf, type SealedEntry } from './audit-entry.ts'
import { ensureBookkeeping } from './bookkeeping.ts'

let database: TestDatabase
let sql: Connection

beforeEach(async () => {
  database = await testDatabase()
  sql = await connect(database.url)
  await ensureBookkeeping(sql)
})

afterEach(async () => {
  await sql.end()
  await database.drop()
})

const entry = (n: number, more: Partial<AuditEntry> = {}): AuditEntry => ({
  actor: 'ada',
  act: 'migrate',
  subject: `idea-bank ${n}`,
  store: 'idea-bank',
  figures: { records: n, 'naïve \u0000 key': '\ud800"' },
  outcome: 'done',
  ...more,
})

async function append(connection: Connection, count: number): Promise<void> {
  for (let n = 1; n <= count; n++) await inTransaction(connection, (open) => appendAudit(open, entry(n)))
}

describe('appending', () => {
  test('an empty log is whole, and so is one with entries, whatever they contain', async () => {
    expect(await checkAudit(sql)).toEqual({ entries: 0, ok: true })
    await append(sql, 3)
    await inTransaction(sql, (open) => appendAudit(open, entry(4, { actor: 'Zoë 🙂 "\\\n', figures: {} })))
    expect(await checkAudit(sql)).toEqual({ entries: 4, ok: true })
  })

  test('a chain longer than one page of the check is whole', async () => {
    await inTransaction(sql, async (open) => {
      for (let n = 1; n <= 251; n++) await appendAudit(open, entry(n))
    })
    expect(await checkAudit(sql)).toEqual({ entries: 251, ok: true })
  })

  test('the entry vanishes with the transaction of its act', async () => {
    const failing = inTransaction(sql, async (open) => {
      await appendAudit(open, entry(1))
      throw new Error('the act failed')
    })
    await expect(failing).rejects.toThrow('the act failed')
    await append(sql, 1)
    expect(await checkAudit(sql)).toEqual({ entries: 1, ok: true })
  })

  test('concurrent appenders make one chain', async () => {
    const others = await Promise.all([1, 2, 3, 4].map(() => connect(database.url)))
    await Promise.all(others.map((other) => append(other, 10)))
    await Promise.all(others.map((other) => other.end()))
    expect(await checkAudit(sql)).toEqual({ entries: 40, ok: true })
  })

  test('an appender waits for the commit of the one before', async () => {
    const other = await connect(database.url)
    await sql.query('begin')
    await appendAudit(sql, entry(1))
    const second = append(other, 1)
    const watcher = await connect(database.url)
    const waiting = `select from pg_locks where locktype = 'advisory' and not granted and pid = $1::int`
    while ((await watcher.query(waiting, [other.backend])).rowCount === 0) await delay(5)
    await sql.query('commit')
    await second
    await Promise.all([other.end(), watcher.end()])
    expect(await checkAudit(sql)).toEqual({ entries: 2, ok: true })
  })

  test('text that cannot be stored unchanged is refused', async () => {
    for (const subject of ['a\0b', 'a\ud800']) {
      await expect(appendAudit(sql, entry(1, { subject }))).rejects.toThrow('subject')
    }
  })

  test('entries are listed newest first, of one store when asked', async () => {
    await append(sql, 2)
    await inTransaction(sql, (open) =>
      appendAudit(open, { actor: 'bob', act: 'provision', subject: 'server', outcome: 'done' }),
    )
    const subjects = async (options: { store?: string; limit: number }) =>
      (await listAudit(sql, options)).map((listed) => listed.subject)
    expect(await subjects({ limit: 2 })).toEqual(['server', 'idea-bank 2'])
    expect(await subjects({ store: 'idea-bank', limit: 9 })).toEqual(['idea-bank 2', 'idea-bank 1'])
  })
})

describe('the table refuses', () => {
  beforeEach(() => append(sql, 2))

  test.each([
    'update outgrow.audit_log set actor = actor where false',
    'delete from outgrow.audit_log where seq = 2',
    'truncate outgrow.audit_log',
    'delete from outgrow.audit_head',
    'truncate outgrow.audit_head',
    'update outgrow.audit_head set seq = 1',
    `set session_replication_role = replica; delete from outgrow.audit_log`,
    `insert into outgrow.audit_log select 4, at, actor, act, subject, store, figures, outcome, hash, hash
       from outgrow.audit_log where seq = 2`,
    `insert into outgrow.audit_log select 3, at, actor, act, subject, store, figures, outcome, previous_hash, hash
       from outgrow.audit_log where seq = 2`,
  ])('%s', async (statement) => {
    await expect(sql.query(statement)).rejects.toMatchObject({ code: '23001' })
    await sql.query('reset session_replication_role')
    expect(await checkAudit(sql)).toEqual({ entries: 2, ok: true })
  })

  test('a role that may only insert and select can append, and cannot move the head', async () => {
    const role = await testRole(database)
    await sql.query(`grant usage on schema outgrow to ${role.name}; grant select on outgrow.audit_head to ${role.name};
                     grant insert, select on outgrow.audit_log to ${role.name}`)
    const asRole = await connect(role.url)
    await append(asRole, 1)
    await expect(asRole.query('update outgrow.audit_head set seq = seq + 1')).rejects.toMatchObject({ code: '42501' })
    await asRole.end()
    await role.drop()
    expect(await checkAudit(sql)).toEqual({ entries: 3, ok: true })
  })
})

describe('tampering by someone who may switch the guards off', () => {
  beforeEach(async () => {
    await append(sql, 5)
    await sql.query(
      'alter table outgrow.audit_log disable trigger all; alter table outgrow.audit_log drop constraint audit_log_pkey',
    )
  })

  const found = async () => (await checkAudit(sql)).broken

  test.each([
    ['actor', `'eve'`],
    ['at', `at + interval '1 microsecond'`],
    ['act', `'verify'`],
    ['subject', `'other'`],
    ['store', 'null'],
    ['figures', `'{"records":3 }'`],
    ['outcome', `'failed'`],
    ['previous_hash', `repeat('a', 64)`],
    ['hash', `repeat('a', 64)`],
  ])('a changed %s is found at its entry', async (column, value) => {
    await sql.query(`update outgrow.audit_log set ${column} = ${value} where seq = 3`)
    expect(await found()).toEqual({ seq: 3, problem: expect.stringContaining('entry 3 was changed') })
  })

  test.each([
    ['the first', 1, 'entry 1 is missing'],
    ['one in the middle', 3, 'entry 3 is missing'],
    ['the last', 5, 'entry 5 is missing'],
  ])('%s entry removed is named', async (_, seq, problem) => {
    await sql.query('delete from outgrow.audit_log where seq = $1::bigint', [seq])
    expect(await found()).toEqual({ seq, problem })
  })

  test('all entries removed is no empty log', async () => {
    await sql.query('truncate outgrow.audit_log')
    expect(await found()).toEqual({ seq: 1, problem: 'entries 1 to 5 are missing' })
  })

  test('the tail removed together with the head row', async () => {
    await sql.query(
      'delete from outgrow.audit_log where seq = 5; alter table outgrow.audit_head disable trigger all; delete from outgrow.audit_head',
    )
    expect(await found()).toEqual({ seq: 4, problem: expect.stringContaining('head of the chain is gone') })
  })

  test('two entries that changed places', async () => {
    await sql.query('update outgrow.audit_log set seq = case seq when 2 then 3 else 2 end where seq in (2, 3)')
    expect(await found()).toEqual({ seq: 2, problem: expect.stringContaining('entry 2 was changed') })
  })

  test('a doubled entry', async () => {
    await sql.query('insert into outgrow.audit_log select * from outgrow.audit_log where seq = 3')
    expect(await found()).toEqual({ seq: 3, problem: 'entry 3 is there twice' })
  })

  test('an entry put in before the first', async () => {
    await sql.query(`insert into outgrow.audit_log select 0, at, actor, act, subject, store, figures, outcome, previous_hash, hash
                       from outgrow.audit_log where seq = 3`)
    expect(await found()).toEqual({ seq: 0, problem: expect.stringContaining('inserted') })
  })

  test('an entry put behind the last, well linked and hashed', async () => {
    const [last] = await listAudit(sql, { limit: 1 })
    await forge({ ...(last as SealedEntry), seq: 6, previousHash: (last as SealedEntry).hash })
    expect(await found()).toEqual({ seq: 6, problem: expect.stringContaining('beyond the head') })
  })

  test('an entry rewritten with a hash that fits it', async () => {
    const third = (await listAudit(sql, { limit: 9 })).find((listed) => listed.seq === 3) as SealedEntry
    await sql.query('delete from outgrow.audit_log where seq = 3')
    await forge({ ...third, actor: 'eve' })
    expect(await found()).toEqual({ seq: 4, problem: expect.stringContaining('does not continue entry 3') })
  })

  test('a first entry rewritten to follow something else', async () => {
    const first = (await listAudit(sql, { limit: 9 })).find((listed) => listed.seq === 1) as SealedEntry
    await sql.query('delete from outgrow.audit_log where seq = 1')
    await forge({ ...first, previousHash: 'f'.repeat(64) })
    expect(await found()).toEqual({ seq: 1, problem: expect.stringContaining('replaced') })
  })

  test('the last entry rewritten with a hash that fits it', async () => {
    const [last] = (await listAudit(sql, { limit: 1 })) as [SealedEntry]
    await sql.query('delete from outgrow.audit_log where seq = 5')
    await forge({ ...last, actor: 'eve' })
    expect(await found()).toEqual({ seq: 5, problem: expect.stringContaining('the head names') })
  })

  async function forge(fields: SealedEntry): Promise<void> {
    await sql.query(`insert into outgrow.audit_log values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`, [
      fields.seq,
      fields.at,
      fields.actor,
      fields.act,
      fields.subject,
      fields.store,
      fields.figures,
      fields.outcome,
      fields.previousHash,
      hashOf(fields),
    ])
  }
})
