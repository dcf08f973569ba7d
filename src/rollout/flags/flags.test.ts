import { InMemoryProvider, OpenFeature } from '@openfeature/server-sdk'
import { afterEach, expect, test } from 'vitest'
import type { StageStatus } from '../store/status.ts'
import { proposalFrom } from './proposal.ts'
import { StageProvider } from './provider.ts'

afterEach(() => OpenFeature.close())

const status = { store: 'ideas', stage: 'live', epoch: 4, authority: 'postgres' } as StageStatus

test('a flag of any vendor proposes a share of reads; without an opinion it proposes nothing', async () => {
  const flag = (variant: string) => ({
    variants: { some: 25, none: -3, odd: 400 },
    defaultVariant: variant,
    disabled: false,
  })
  await OpenFeature.setProviderAndWait(
    'vendor',
    new InMemoryProvider({ some: flag('some'), none: flag('none'), odd: flag('odd') }),
  )
  const client = OpenFeature.getClient('vendor')
  expect(await proposalFrom(client, 'some').serveNew()).toBe(25)
  for (const name of ['none', 'odd', 'unknown']) expect(await proposalFrom(client, name).serveNew()).toBeUndefined()
})

test('the provider answers what is in force, through the SDK', async () => {
  await OpenFeature.setProviderAndWait('outgrow', new StageProvider([{ name: 'ideas', status: async () => status }]))
  const client = OpenFeature.getClient('outgrow')
  expect(await client.getStringValue('ideas.stage', 'off')).toBe('live')
  expect(await client.getBooleanValue('ideas.postgres-is-authority', false)).toBe(true)
  expect(await client.getNumberValue('ideas.epoch', 0)).toBe(4)
  expect(await client.getStringDetails('other.stage', 'off')).toMatchObject({
    value: 'off',
    errorCode: 'FLAG_NOT_FOUND',
  })
  expect(await client.getNumberDetails('ideas.stage', 7)).toMatchObject({ value: 7, errorCode: 'TYPE_MISMATCH' })
})
