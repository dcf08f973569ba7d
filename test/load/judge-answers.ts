import type { Operation } from './operation.ts'
import { nameOf } from './sighting.ts'
import type { Findings } from './verdict.ts'

/**
 * O6: judges the answers themselves. A well-formed request is done, or its record is not there; a bad one is refused with
 * 400; a 503 says when to come again, and is expected only where `unavailable` says so. Other 5xx are never expected; that
 * a connection breaks is no answer.
 */
export function judgeAnswers(operation: Operation, unavailable: boolean, findings: Findings): void {
  const { kind, status, outcome, failures } = operation
  findings.checked('O6', failures.length + 1)
  const name = nameOf(operation)
  for (const { kind: how, status: failed, retryAfter } of failures) {
    if (how === 'unreadable') findings.violated('O6', `${name} was answered ${failed} with something that is no JSON`)
    if (how !== 'status' || failed === 429) continue
    if (failed !== 503 || !unavailable) findings.violated('O6', `${name} was answered ${failed}`)
    else if (retryAfter === undefined) findings.violated('O6', `${name} was answered 503 without Retry-After`)
  }
  if (outcome === 'unknown') return
  const expected =
    kind === 'bad' ? status === 400 : outcome === 'done' || (status === 404 && operation.id !== undefined)
  if (!expected) findings.violated('O6', `${name} was answered ${status}`)
}
