import { afterAll, afterEach, expect, test } from 'vitest'
import { testDatabase } from '../../test/helpers/database.ts'
import { type Connection, connect } from './connect.ts'
import { type Listener, listen } from './listen.ts'

const database = await testDatabase()
const sql: Connection = await connect(database.url)
const open: Listener[] = []

afterEach(async () => {
  for (const listener of open.splice(0)) await listener.end()
})

afterAll(async () => {
  await sql.end()
  await database.drop()
})

/** A listener whose events can be waited for, one after the other. */
async function listening(channels: string[], heard?: (payload: string) => void) {
  const events: string[] = []
  let wake = (): void => {}
  const tell = (event: string): void => {
    events.push(event)
    wake()
  }
  const listener = await listen(
    database.url,
    channels,
    (channel, payload) => {
      heard?.(payload)
      tell(`${channel}: ${payload}`)
    },
    (reason) => tell(`lost: ${reason.message}`),
  )
  open.push(listener)
  const next = async (): Promise<string> => {
    if (events.length === 0) await new Promise<void>((resolve) => (wake = resolve))
    return events.shift() as string
  }
  return { listener, events, next }
}

const notify = (channel: string, payload: string) =>
  sql.query('select pg_notify($1::text, $2::text)', [channel, payload])

test('notifications of its channels arrive in order, with their payloads, and of no other', async () => {
  const { next } = await listening(['stage', 'Odd "one"'])
  await notify('elsewhere', 'x')
  await notify('stage', 'a')
  await notify('Odd "one"', 'é')
  await sql.query('notify stage')
  expect([await next(), await next(), await next()]).toEqual(['stage: a', 'Odd "one": é', 'stage: '])
})

test('a session that the server ends is told as lost, once, and the process lives on', async () => {
  const { listener, events, next } = await listening(['stage'])
  await sql.query('select pg_terminate_backend($1::int)', [listener.backend])
  expect(await next()).toMatch(/^lost: .*terminat/)
  await listener.end()
  await listener.end()
  expect(events).toEqual([])
})

test('what a listener throws ends its session and is told, never thrown', async () => {
  const { next } = await listening(['stage'], () => {
    throw new RangeError('mine')
  })
  await notify('stage', 'a')
  expect(await next()).toBe('lost: mine')
})

test('after its end nothing is told, and the session is gone', async () => {
  const { listener, events } = await listening(['stage'])
  await listener.end()
  await notify('stage', 'a')
  for (;;) {
    const { rows } = await sql.query('select from pg_stat_activity where pid = $1::int', [listener.backend])
    if (rows.length === 0) break
  }
  expect(events).toEqual([])
})

test('a server that is not there is told at once', async () => {
  const nowhere = new URL(database.url)
  nowhere.port = '1'
  const never = (): void => expect.unreachable()
  await expect(listen(nowhere.href, ['stage'], never, never)).rejects.toMatchObject({ code: 'target-unreachable' })
})
