import type { z } from 'zod'
import { OutgrowError } from '../errors.ts'
import type { Plan } from './plan.ts'
import { planProblems } from './plan-check.ts'
import { planShape } from './plan-shape.ts'
import { formatPointer } from './pointer.ts'
import type { PlanProblem } from './problem.ts'
import { applyProposals } from './proposals.ts'

/**
 * The plan in `text`, checked in shape and in what must hold between its members, with its enabled epoch proposals applied.
 * Throws `plan-invalid` for the first thing wrong, naming `path` and the JSON pointer inside the plan, and saying how many
 * more there are. Whether the plan fits the data is not looked at here.
 */
export function readPlan(text: string, path: string): Plan {
  const parsed = planShape.safeParse(parseJson(text, path))
  if (!parsed.success) throw invalid(shapeProblems(parsed.error), path)
  const plan = applyProposals(parsed.data)
  const problems = planProblems(plan)
  if (problems.length > 0) throw invalid(problems, path)
  return plan
}

/** The plan as JSON for a person to read: two spaces, well-formed whatever the names, and `readPlan` of it is the plan. */
export function writePlan(plan: Plan): string {
  return `${JSON.stringify(plan, null, 2)}\n`
}

function parseJson(text: string, path: string): unknown {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''))
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error
    throw new OutgrowError('plan-invalid', `The plan is not JSON: ${error.message}`, {
      place: path,
      next: 'Correct the JSON, or plan again.',
      cause: error,
    })
  }
}

function invalid(problems: readonly PlanProblem[], path: string): OutgrowError {
  const [first] = problems
  const more = problems.length > 1 ? ` (and ${problems.length - 1} more)` : ''
  return new OutgrowError('plan-invalid', `The plan is invalid: ${first?.message ?? 'unknown'}${more}`, {
    place: `${path}#${first?.place ?? ''}`,
    next: first?.next ?? 'Correct the plan, or plan again.',
  })
}

function shapeProblems(error: z.ZodError): PlanProblem[] {
  return error.issues.map((issue) => ({
    place: formatPointer(issue.path.map((part) => (typeof part === 'symbol' ? String(part) : part))),
    message: issue.message,
    next: 'Write this member as the JSON schema beside the plan describes it.',
  }))
}
