import { z } from 'zod'

/** Answers as the OpenAPI document tells them; what is answered is data of any age, which no shape cuts. */
export const success = z.literal(true)

const failure = z.object({ success: z.literal(false), error: z.string(), message: z.string() })
const fieldFailure = failure.extend({ errors: z.array(z.object({ field: z.string(), message: z.string() })) })

export const failures = { 429: failure, 500: failure, 503: failure }
export const refused = { 400: fieldFailure, ...failures }
export const writeRefused = { ...refused, 409: failure, 413: failure }
export const missing = { 404: failure }

export const dataAnswer = (data: z.ZodType) => z.object({ success, data })
export const writtenAnswer = (data: z.ZodType) => z.object({ success, message: z.string(), data })
export const listAnswer = (data: z.ZodType) =>
  z.object({
    success,
    count: z.int(),
    data: z.array(data),
    filters: z.record(z.string(), z.string()).optional(),
  })
