import type { Answer, Served } from './served.ts'

interface Post {
  id: string
  [member: string]: unknown
}

/** Clients of a blog that post, change, delete and read until they are told to pause. Each minds its own posts. */
export class Clients {
  /** Answers that no client should get. */
  readonly failed: string[] = []
  readonly #served: Served
  readonly #clients: Client[]
  #running: Promise<unknown> = Promise.resolve()
  #paused = true
  #done = 0
  #watchers: (() => void)[] = []

  constructor(served: Served, count: number) {
    this.#served = served
    this.#clients = Array.from({ length: count }, (_, n) => new Client(n))
  }

  begin(): void {
    this.#paused = false
    this.#running = Promise.all(this.#clients.map((client) => this.#run(client)))
  }

  /** Waits until so many more requests were answered. */
  async progress(requests: number): Promise<void> {
    const until = this.#done + requests
    while (this.#done < until) await new Promise<void>((resolve) => this.#watchers.push(resolve))
  }

  async pause(): Promise<void> {
    this.#paused = true
    await this.#running
  }

  /** What was acknowledged and is not so, or was deleted and is there. */
  lost(posts: Post[]): string[] {
    const found = new Map(posts.map((post) => [post.id, JSON.stringify(sorted(post))]))
    return this.#clients.flatMap(({ known }) =>
      [...known].flatMap(([id, post]) => {
        const wanted = post === undefined ? undefined : JSON.stringify(sorted(post))
        return found.get(id) === wanted ? [] : [`${id}: ${found.get(id)} instead of ${wanted}`]
      }),
    )
  }

  async #run(client: Client): Promise<void> {
    while (!this.#paused) {
      const answer = await client.act(this.#served)
      if (answer.status >= 400) this.failed.push(JSON.stringify(answer))
      this.#done++
      for (const resolve of this.#watchers.splice(0)) resolve()
    }
  }
}

class Client {
  /** The client's own posts as they were acknowledged last; undefined once they were deleted. */
  readonly known = new Map<string, Post | undefined>()
  readonly #name: number
  #turn = 0

  constructor(name: number) {
    this.#name = name
  }

  async act(served: Served): Promise<Answer> {
    const turn = this.#turn++
    const own = [...this.known].filter(([, post]) => post !== undefined).map(([id]) => id)
    const id = own[turn % Math.max(1, own.length)]
    const kind =
      id === undefined ? 'POST' : (['POST', 'PATCH', 'GET', 'PUT', 'POST', 'DELETE', 'GET'][turn % 7] as string)
    const body = { title: `${this.#name} ${turn}`, views: turn, nested: { turn: [turn] } }
    if (kind === 'POST') return this.#note(await served.ask('POST', '/posts', body))
    if (kind === 'GET') return this.#check(id as string, await served.ask('GET', `/posts/${id}`))
    if (kind !== 'DELETE') return this.#note(await served.ask(kind, `/posts/${id}`, body))
    const answer = await served.ask('DELETE', `/posts/${id}`)
    if (answer.status < 300) this.known.set(id as string, undefined)
    return answer
  }

  #note(answer: Answer): Answer {
    const post = answer.body as Post
    if (answer.status < 300) this.known.set(post.id, post)
    return answer
  }

  /** A client reads what it wrote. */
  #check(id: string, answer: Answer): Answer {
    const same = JSON.stringify(sorted(answer.body as Post)) === JSON.stringify(sorted(this.known.get(id) as Post))
    return same ? answer : { status: 599, body: answer.body }
  }
}

function sorted(post: Post): [string, unknown][] {
  return Object.entries(post).sort(([a], [b]) => (a < b ? -1 : 1))
}
