/** One field of a request that is not as the contract says; `body` stands for the whole of it. */
export interface FieldError {
  field: string
  message: string
}

/** What a service refuses on purpose: a status of the contract, with a text for the person who asked. */
export class Refusal extends Error {
  readonly statusCode: number
  readonly errors: readonly FieldError[] | undefined

  constructor(statusCode: number, message: string, errors?: readonly FieldError[]) {
    super(message)
    this.name = 'Refusal'
    this.statusCode = statusCode
    this.errors = errors
  }
}

/** 404 with the text of the contract. */
export function notFound(message: string): Refusal {
  return new Refusal(404, message)
}

/** 400; the message names the first field, since some clients show nothing else. */
export function invalid(errors: readonly FieldError[]): Refusal {
  const [first] = errors
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return new Refusal(400, `Invalid request: ${first?.field ?? 'body'}: ${first?.message ?? 'is wrong'}${more}`, errors)
}
