import { readFile } from 'node:fs/promises'
import { JSONFile } from 'lowdb/node'
import { connect } from '../../src/postgres/connect.ts'
import { openStaged, type Staged } from '../../src/rollout/open.ts'
import { ensureStage } from '../../src/rollout/postgres/stage.ts'
import type { StoreOptions } from '../../src/rollout/store/api.ts'
import { exportedText, type Lab, move, openLab, planOf } from '../helpers/verbs.ts'
import { serve } from './served.ts'

/** A store that json-server has served before, as `outgrow migrate` finds it: moved with the plan that it was given. */
export interface Blog {
  lab: Lab
  file: string
  name: string
  open(more?: Partial<StoreOptions>): Promise<Staged>
  /** The document in the file, and in PostgreSQL as `outgrow export` gives it. */
  inFile(): Promise<BlogData>
  inPostgres(): Promise<BlogData>
  close(): Promise<void>
}

export interface Post {
  id: string
  [member: string]: unknown
}

export interface BlogData {
  posts: Post[]
  comments: Post[]
  profile: object
  $schema: string
}

export const blog = {
  posts: Array.from({ length: 20 }, (_, n) => ({
    id: `p${n}`,
    title: `Post ${n}`,
    views: n,
    tags: ['a', `t${n % 3}`],
  })),
  comments: Array.from({ length: 30 }, (_, n) => ({ id: `c${n}`, text: `Comment ${n}`, postId: `p${n % 20}` })),
  profile: { name: 'A blog' },
}

export async function openBlog(): Promise<Blog> {
  const lab = await openLab()
  const file = await lab.file(JSON.stringify(blog))
  // json-server adds a member of its own when it first writes.
  const first = await serve(new JSONFile<never>(file))
  await first.ask('PATCH', '/profile', { theme: 'light' })
  await first.close()
  const name = lab.name()
  await move(lab, file, { name })
  const connection = await connect(lab.context.url)
  await ensureStage(connection, { name, by: 'test', why: 'test' })
  await connection.end()
  const plan = await planOf(lab, name)
  return {
    lab,
    file,
    name,
    open: async (more = {}) => {
      const timing = { poll: 50, pause: 10, mostPause: 50, hold: 20_000 }
      const staged = await openStaged({ name, file, plan, database: lab.context.url, timing, ...more })
      staged.scene.isRehearsal = true
      return staged
    },
    inFile: async () => JSON.parse(await readFile(file, 'utf8')),
    inPostgres: async () => JSON.parse((await exportedText(lab, name)).toString()),
    close: () => lab.close(),
  }
}
