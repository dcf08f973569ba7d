import { afterAll, expect, test } from 'vitest'
import { testDatabase, testRole } from '../../test/helpers/database.ts'
import { isOutgrowError } from '../errors.ts'
import { connect } from './connect.ts'
import { takeRunLock } from './lock.ts'

const database = await testDatabase()
afterAll(() => database.drop())

test('a second run on the store is refused and told who holds it; other stores and databases are free', async () => {
  const other = await testDatabase()
  const held = await takeRunLock(database.url, 'ideas', 'migrate')
  await held.assertHeld()
  const refused = takeRunLock(database.url, 'ideas', 'rollback')
  await expect(refused).rejects.toSatisfy((error) => {
    return (
      isOutgrowError(error, 'locked') &&
      error.message.includes(`outgrow migrate ideas (pid ${process.pid} on`) &&
      /backend \d+, since \d{4}-\d\d-\d\dT/.test(error.message)
    )
  })
  for (const free of [takeRunLock(database.url, 'docs', 'migrate'), takeRunLock(other.url, 'ideas', 'migrate')]) {
    await (await free).release()
  }
  await held.release()
  await held.release()
  await (await takeRunLock(database.url, 'ideas', 'rollback')).release()
  await other.drop()
})

test('the holder is named to a role that may see little', async () => {
  const role = await testRole(database)
  const held = await takeRunLock(role.url, 'ideas', 'migrate')
  await expect(takeRunLock(role.url, 'ideas', 'migrate')).rejects.toThrow('outgrow migrate ideas')
  await held.release()
  const owners = await takeRunLock(database.url, 'ideas', 'migrate')
  await expect(takeRunLock(role.url, 'ideas', 'migrate')).rejects.toThrow(/locked by "outgrow migrate .* backend \d+$/)
  await owners.release()
  await role.drop()
})

test('a lock whose session was ended is not held any more', async () => {
  const held = await takeRunLock(database.url, 'ideas', 'migrate')
  const admin = await connect(database.url)
  const { rows } = await admin.query(
    `select pg_terminate_backend(pid, 5000) as ended from pg_stat_activity where application_name like 'outgrow migrate ideas%'`,
  )
  expect(rows).toEqual([{ ended: true }])
  await expect(held.assertHeld()).rejects.toSatisfy((error) => isOutgrowError(error, 'locked'))
  await held.release()
  await admin.end()
})
