import type { JsonRecord } from 'outgrow/store'
import { inOrder } from '../web/record-routes.ts'

export const CATEGORIES = [
  'documentacao',
  'coleta-dados',
  'banco-dados',
  'analise-dados',
  'gestao-riscos',
  'dashboard',
] as const
export const PRIORITIES = ['low', 'medium', 'high', 'critical'] as const
export const STATUSES = ['new', 'review', 'in-progress', 'completed', 'rejected'] as const

/** An idea as the API makes it. */
export interface NewIdea {
  id: string
  title: string
  description: string
  category: (typeof CATEGORIES)[number]
  priority: (typeof PRIORITIES)[number]
  status: (typeof STATUSES)[number]
  tags: string[]
  createdAt: string
  updatedAt: string | null
}

/** An idea as it is stored. Old ones may lack members, have more, or hold other values than the API takes: they are data. */
export type Idea = JsonRecord

/** The members of the contract, in its order. */
export const MEMBERS = [
  'id',
  'title',
  'description',
  'category',
  'priority',
  'status',
  'tags',
  'createdAt',
  'updatedAt',
] as const satisfies (keyof NewIdea)[]

/** What is answered: the record as it is, its members in the order of the contract, whichever side keeps them in another. */
export function itemOf(idea: Idea): Idea {
  return inOrder(MEMBERS, idea)
}
