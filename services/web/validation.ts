import type { FastifySchemaCompiler } from 'fastify'
import type { z } from 'zod'
import { type FieldError, invalid } from './refusal.ts'

/** Checks what a route takes with its zod schema; what the schema returns is what the handler sees. Throws 400. */
export const validatorCompiler: FastifySchemaCompiler<z.ZodType> = ({ schema, httpPart }) => {
  return (data: unknown) => {
    const result = schema.safeParse(data)
    if (result.success) return { value: result.data }
    return { error: invalid(fieldErrors(result.error, httpPart ?? 'body')) }
  }
}

/** One error for each thing wrong: fields by their path (`tags.0`), a field that the schema does not know by its own name. */
export function fieldErrors(error: z.ZodError, whole: string): FieldError[] {
  return error.issues.flatMap((issue): FieldError[] => {
    const path = issue.path.map(String)
    if (issue.code === 'unrecognized_keys')
      return issue.keys.map((key) => ({ field: [...path, key].join('.'), message: 'is not a known field' }))
    return [{ field: path.join('.') || whole, message: issue.message }]
  })
}
