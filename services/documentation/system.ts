import type { JsonRecord } from 'outgrow/store'
import { z } from 'zod'
import { text } from '../ideas/input.ts'
import { inOrder } from '../web/record-routes.ts'

/** The members of a system, in the order of the contract. */
export const MEMBERS = [
  'id',
  'name',
  'shortName',
  'description',
  'status',
  'port',
  'host',
  'url',
  'icon',
  'color',
  'tags',
  'createdAt',
  'updatedAt',
] as const

const members = {
  name: text(200),
  shortName: text(50),
  description: text(2000).nullable(),
  // The statuses of old clients are five vocabularies: any word is one.
  status: text(50),
  port: z.int().min(1).max(65_535).nullable(),
  host: text(255).nullable(),
  url: text(2000).nullable(),
  icon: text(200).nullable(),
  color: text(50).nullable(),
  tags: z.array(text(50)),
}

/** Body of POST: name and status are required, what is left out is null, and `shortName` missing. */
export const newSystem = z.strictObject({
  ...members,
  shortName: members.shortName.optional(),
  description: members.description.default(null),
  port: members.port.default(null),
  host: members.host.default(null),
  url: members.url.default(null),
  icon: members.icon.default(null),
  color: members.color.default(null),
  tags: members.tags.default([]),
})

/** Body of PUT: any of the members but id and the two instants. */
export const systemChange = z.strictObject(members).partial()

/** A list takes no conditions. */
export const systemListing = z.strictObject({})

export const systemShape = z.looseObject({
  id: z.string(),
  name: z.string(),
  shortName: z.string().optional(),
  description: z.string().nullable(),
  status: z.string(),
  port: z.int().nullable(),
  host: z.string().nullable(),
  url: z.string().nullable(),
  icon: z.string().nullable(),
  color: z.string().nullable(),
  tags: z.array(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime().nullable(),
})

export function newSystemRecord(id: string, body: z.output<typeof newSystem>, now: string): JsonRecord {
  const { shortName, ...others } = body
  return systemOf({ id, ...others, ...(shortName !== undefined && { shortName }), createdAt: now, updatedAt: null })
}

/** What is answered. */
export function systemOf(record: JsonRecord): JsonRecord {
  return inOrder(MEMBERS, record)
}
