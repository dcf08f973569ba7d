import { setTimeout as delay } from 'node:timers/promises'

interface Idea {
  id: string
  title: string
}

/** What the service acknowledged: the title of each idea by its id. A removed one is remembered as undefined. */
export type Tally = Map<string, string | undefined>

/** People who use the Idea Bank all the while, and remember every answer. */
export interface Users {
  tally: Tally
  /** Answers so far, and how often a request had to be sent again. */
  counts: { reads: number; writes: number; repeated: number }
  /** Does something while they go on; what fails one of them fails this. */
  during(work: () => Promise<void>): Promise<void>
  /** They finish what they are at. */
  leave(): Promise<void>
}

const MOST_IDEAS = 20
const PAUSE = 10
/** Times that a request is sent; a change of stage holds writes for two seconds at most. */
const PATIENCE = 50

/** So many users begin; each works on ideas of its own, so that nobody else explains a difference. */
export function startUsers(url: string, many: number): Users {
  const tally: Tally = new Map()
  const counts = { reads: 0, writes: 0, repeated: 0 }
  const leaving = new AbortController()
  const user = async (name: number): Promise<void> => {
    const own: string[] = []
    for (let turn = 1; !leaving.signal.aborted; turn++) {
      await act({ url, tally, counts, own, mark: `user ${name}, turn ${turn}` }, turn)
      await delay(PAUSE)
    }
  }
  const all = Promise.all(Array.from({ length: many }, (_, at) => user(at + 1)))
  const failed = new Promise<never>((_, reject) => all.catch(reject))
  failed.catch(() => {})
  return {
    tally,
    counts,
    during: (work) => Promise.race([work(), failed]),
    leave: async () => {
      leaving.abort()
      await Promise.race([all, failed])
    },
  }
}

interface Turn extends Pick<Users, 'tally' | 'counts'> {
  url: string
  /** Ids of this user's ideas, oldest first. */
  own: string[]
  /** Names this turn, and no other. */
  mark: string
}

/** In turns of five: makes an idea, changes one, reads one, lists them, and removes the oldest when there are many. */
async function act(turn: Turn, number: number): Promise<void> {
  const { tally, own, mark } = turn
  const oldest = own[0]
  const step = number % 5
  if (oldest === undefined || step === 0) {
    const body = { title: mark, description: mark, category: 'dashboard', priority: 'low' }
    const made = await write(turn, 'POST', '', body)
    tally.set(made.id, made.title)
    own.push(made.id)
  } else if (step === 1) {
    const id = own[number % own.length] ?? oldest
    tally.set(id, (await write(turn, 'PUT', `/${id}`, { title: mark })).title)
  } else if (step === 4 && own.length > MOST_IDEAS) {
    await write(turn, 'DELETE', `/${oldest}`)
    tally.set(oldest, undefined)
    own.shift()
  } else await read(turn, step === 2 ? `/${own.at(-1)}` : '?limit=20')
}

/** A write is sent again until it is answered, under the same key: it happens once, whatever becomes of the answers. */
async function write(turn: Turn, method: string, path: string, body?: object): Promise<Idea> {
  const headers = { 'idempotency-key': turn.mark, ...(body && { 'content-type': 'application/json' }) }
  const idea = await ask(turn, path, { method, headers, ...(body && { body: JSON.stringify(body) }) })
  turn.counts.writes++
  return idea as Idea
}

/** What was acknowledged must be there for whoever wrote it, in every stage. */
async function read(turn: Turn, path: string): Promise<void> {
  const found = await ask(turn, path, {})
  turn.counts.reads++
  const idea = found as Partial<Idea>
  if (idea.id !== undefined && idea.title !== turn.tally.get(idea.id))
    throw new Error(`idea ${idea.id} reads "${idea.title}", but "${turn.tally.get(idea.id)}" was acknowledged`)
}

async function ask({ url, counts }: Turn, path: string, init: RequestInit): Promise<unknown> {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(`${url}/api/items${path}`, init)
    const { data, message } = (await answer.json()) as { data: unknown; message?: string }
    if (answer.ok) return data
    if (answer.status !== 503 || attempt === PATIENCE)
      throw new Error(`${init.method ?? 'GET'} ${path} was answered ${answer.status}: ${message}`)
    counts.repeated++
    await delay(100)
  }
}
