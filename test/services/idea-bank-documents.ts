import type { JsonRecord } from '../../src/rollout/side.ts'

const idea = (id: string, more: JsonRecord = {}): JsonRecord => ({
  id,
  title: `Ideia ${id}`,
  description: 'Uma descrição.',
  category: 'dashboard',
  priority: 'medium',
  status: 'new',
  tags: [],
  createdAt: '2025-05-05T05:05:05.050Z',
  updatedAt: null,
  ...more,
})

/** Ideas as the API makes them; several at the same instant, so that ties show, in an order that is not theirs. */
export const plainIdeas: JsonRecord[] = [
  idea('10', { title: 'Ação às três', tags: ['a', 'B'], createdAt: '2025-06-01T00:00:00.000Z' }),
  idea('9', { category: 'banco-dados', priority: 'critical', status: 'review' }),
  idea('2', { description: 'ΟΔΟΣ e İz e Straße', updatedAt: '2025-07-01T01:02:03.004Z' }),
  idea('1', { title: 'Cem % _certo_ \\ (talvez) .*', tags: ['%', '_', "it's"], createdAt: '2025-04-01T00:00:00.000Z' }),
]

/** What old files also hold: the API would take none of it, and all of it is data. */
export const oddIdeas: JsonRecord[] = [
  { id: '3', title: 7, createdAt: 'ontem', metadata: { effort: 3, b: 1, a: [null] }, 'a/b~c': true },
  idea('4', { title: 'fim\u0000meio', tags: ['a', null, 5], createdAt: 1_700_000_000_000, priority: null }),
  idea('5', { status: 'paused', category: 'misc', updatedAt: 'nunca', tags: 'a' }),
  { id: '6', updatedAt: null, votes: 3, createdAt: '2025-05-05T05:05:05Z', title: '\ud800 ação' },
  idea('8', { createdAt: null, category: { name: 'dashboard' }, status: ['new'] }),
]
