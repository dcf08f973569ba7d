import type { JsonRecord } from '../../src/rollout/side.ts'

const at = (day: number): string => `2025-05-0${day}T05:05:05.050Z`

const idea = (id: string, more: JsonRecord = {}): JsonRecord => ({
  id,
  title: `Ideia ${id}`,
  description: 'Uma descrição.',
  category: 'dashboard',
  priority: 'medium',
  status: 'new',
  tags: [],
  createdAt: at(5),
  updatedAt: null,
  ...more,
})

const system = (id: string, more: JsonRecord = {}): JsonRecord => ({
  id,
  name: `Sistema ${id}`,
  description: null,
  status: 'online',
  port: null,
  host: null,
  url: null,
  icon: null,
  color: null,
  tags: [],
  createdAt: at(4),
  updatedAt: null,
  ...more,
})

const file = (id: string, ideaId: string, more: JsonRecord = {}): JsonRecord => ({
  id,
  idea_id: ideaId,
  original_name: `${id}.txt`,
  stored_name: `antigo-${id}.txt`,
  size: 3,
  mime_type: 'text/plain',
  url: `/api/files/${id}/download`,
  uploaded_at: at(3),
  ...more,
})

/** Records as the API makes them. */
export const plainDocument: JsonRecord = {
  systems: [
    system('2', { name: 'Séries %', shortName: 'σ', port: 9000, tags: ['a'] }),
    system('1', { description: 'Ação ΟΔΟΣ e Straße', url: 'http://x' }),
  ],
  ideas: [
    idea('3', { title: 'Ação às três', description: 'ideia de um e dois' }),
    idea('1', { createdAt: at(6), tags: ['b'] }),
  ],
  links: [{ id: '1', title: 'Guia' }, { title: 'Sem id', notas: [null, { b: 1, a: '\u0000' }] }, 'texto', { id: 4 }],
  files: [file('2', '3', { uploaded_at: at(4) }), file('1', '3')],
  change_log: [],
  nextId: 4,
  nextLinkId: 5,
  nextFileId: 3,
  nextSystemId: 3,
}

/** What old files also hold: the API would take none of it, and all of it is data. */
export const oddDocument: JsonRecord = {
  ...plainDocument,
  systems: [
    ...(plainDocument.systems as JsonRecord[]),
    system('7', { port: '8080', status: { code: 1 }, extra: true, name: 'fim\u0000meio' }),
    { id: 'abc', name: 7, createdAt: 'ontem' },
  ],
  ideas: [
    ...(plainDocument.ideas as JsonRecord[]),
    idea('20', { status: 'em-andamento', category: 'misc', files: ['antigo'], createdAt: null }),
    { id: 'x/y', title: '\ud800 ação', createdAt: 1_700_000_000_000 },
  ],
  files: [
    ...(plainDocument.files as JsonRecord[]),
    { id: '9', idea_id: '20', path: '../x', stored_name: '../../etc/passwd' },
  ],
  nextId: 2,
  nextFileId: '1',
}
