import type { AddressInfo } from 'node:net'
import { NormalizedAdapter } from 'json-server/lib/adapters/normalized-adapter.js'
import { createApp } from 'json-server/lib/app.js'
import { type Adapter, Low } from 'lowdb'

export interface Served {
  /** Sends a request; answers status and body. */
  ask(method: string, path: string, body?: object): Promise<Answer>
  close(): Promise<void>
}

export interface Answer {
  status: number
  body: unknown
}

/** json-server as its own command puts it together; only the adapter is the caller's. */
export async function serve(adapter: Adapter<never>): Promise<Served> {
  const db = new Low<never>(new NormalizedAdapter(adapter), {} as never)
  await db.read()
  const app = createApp(db)
  const server = await new Promise<ReturnType<typeof app.listen>>((resolve) => {
    const listening = app.listen(0, () => resolve(listening), '127.0.0.1')
  })
  const { port } = server.address() as AddressInfo
  return {
    ask: async (method, path, body) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`, {
        method,
        ...(body !== undefined && { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }),
      })
      const text = await response.text()
      return {
        status: response.status,
        body: /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text,
      }
    },
    close: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
