import { z } from 'zod'
import { CATEGORIES, PRIORITIES, STATUSES } from './idea.ts'

/** An item as the OpenAPI document tells it. Records older than these rules are answered as they are. */
export const item = z.looseObject({
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

const counts = z.record(z.string(), z.int())

export const stats = z.object({ total: z.int(), byStatus: counts, byCategory: counts, byPriority: counts })
