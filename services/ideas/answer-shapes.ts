import { z } from 'zod'
import { CATEGORIES, PRIORITIES, STATUSES } from './idea.ts'

/** Answers as the OpenAPI document tells them. Records older than these rules are answered as they are. */
const item = z.looseObject({
  id: z.string(),
  title: z.string(),
  description: z.string(),
  category: z.enum(CATEGORIES),
  priority: z.enum(PRIORITIES),
  status: z.enum(STATUSES),
  tags: z.array(z.string()),
  createdAt: z.iso.datetime(),
  updatedAt: z.iso.datetime().nullable(),
})

const success = z.literal(true)
const counts = z.record(z.string(), z.int())

const failure = z.object({ success: z.literal(false), error: z.string(), message: z.string() })
const fieldFailure = failure.extend({ errors: z.array(z.object({ field: z.string(), message: z.string() })) })

export const itemAnswer = z.object({ success, data: item })
export const writtenAnswer = z.object({ success, message: z.string(), data: item })
export const listAnswer = z.object({
  success,
  count: z.int(),
  data: z.array(item),
  filters: z.record(z.string(), z.string()).optional(),
})
export const statsAnswer = z.object({
  success,
  data: z.object({ total: z.int(), byStatus: counts, byCategory: counts, byPriority: counts }),
})

export const failures = { 429: failure, 500: failure, 503: failure }
export const refused = { 400: fieldFailure, ...failures }
export const writeRefused = { ...refused, 409: failure, 413: failure }
export const missing = { 404: failure }
