import { z } from 'zod'
import { CATEGORIES, PRIORITIES, STATUSES } from './idea.ts'

/** Text that every side can hold as text: PostgreSQL has neither U+0000 nor half a surrogate pair. */
export const text = (most: number) =>
  z
    .string()
    .trim()
    .min(1, 'must not be empty')
    .max(most, `must have at most ${most} characters`)
    .refine((value) => !value.includes('\0') && value.isWellFormed(), 'must be well-formed text without U+0000')

const members = {
  title: text(200),
  description: text(2000),
  category: z.enum(CATEGORIES),
  priority: z.enum(PRIORITIES),
  tags: z.array(text(50)),
}

/** Body of POST. An idea begins as `new`; another status is refused rather than overruled in silence. */
export const newItem = z.strictObject({
  ...members,
  tags: members.tags.default([]),
  status: z.literal('new', 'a new item has status "new"').optional(),
})

/** Body of PUT: any of the members but id and createdAt, which never change. */
export const itemChange = z.strictObject({ ...members, status: z.enum(STATUSES) }).partial()

export const word = z.string().min(1, 'must not be empty').max(200, 'must have at most 200 characters')
export const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^\d{1,9}$/, `must be a whole number from ${least} to ${most}`)
    .transform(Number)
    .pipe(z.int().min(least, `must be at least ${least}`).max(most, `must be at most ${most}`))

/** Query of a list; what it does not know is refused, since an answer to another question would look right. */
export const listing = z.strictObject({
  category: z.enum(CATEGORIES).optional(),
  status: z.enum(STATUSES).optional(),
  priority: z.enum(PRIORITIES).optional(),
  tag: word.optional(),
  search: word.optional(),
  order: z.enum(['desc', 'asc']).optional(),
  limit: wholeNumber(1, 1000).optional(),
  offset: wholeNumber(0, 999_999_999).optional(),
})
