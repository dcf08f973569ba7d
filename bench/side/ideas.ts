import type { JsonRecord } from '../../src/rollout/side.ts'
import type { Column, ColumnType, Plan } from '../../src/schema/plan.ts'

const column = (name: string, type: ColumnType, more: Partial<Column> = {}): Column => ({
  name,
  pointer: `/${name}`,
  type,
  null_means: 'absent',
  ...more,
})

/** Ideas of eight members, in one table, as `outgrow plan` would map them. */
export const ideasPlan: Plan = {
  $schema: './outgrow-plan.schema.json',
  version: 1,
  store: 'side speed',
  schema: 'side_speed',
  document: 'object',
  collections: [
    {
      name: 'ideas',
      kind: 'list',
      table: {
        name: 'ideas',
        key: ['id'],
        columns: [
          column('id', 'text'),
          column('title', 'text'),
          column('body', 'text'),
          column('status', 'text'),
          column('votes', 'bigint'),
          column('score', 'double precision'),
          column('open', 'boolean'),
          column('created_at', 'timestamptz', { pointer: '/createdAt', format: 3 }),
        ],
        groups: [],
        children: [],
        proposals: [],
      },
    },
  ],
  references: [],
  notes: [],
}

export const ideaId = (n: number): string => `idea-${String(n).padStart(6, '0')}`

export function idea(id: string, n: number): JsonRecord {
  return {
    id,
    title: `Idea ${n} about something worth doing`,
    body: 'Someone should look into this, and say what it would take. '.repeat(3),
    status: ['new', 'review', 'planned'][n % 3] as string,
    votes: n % 100,
    score: (n % 17) / 4,
    open: n % 2 === 0,
    createdAt: new Date(1_700_000_000_000 + n * 61_003).toISOString(),
  }
}
