import { connect, createServer, type Server, type Socket } from 'node:net'

/** What to do when a client sends a query: let it pass, cut before the server has it, or swallow the reply. */
export type Treatment = 'pass' | 'cut-before' | 'cut-reply'

export interface TcpProxy {
  /** The URL with the proxy in the place of the server. */
  url: string
  /** Every query of this text (case-insensitive) on later connections is treated so; `pass` for none. */
  treat(text: string, treatment: Treatment): void
  /** Queries treated so far. */
  treated(): number
  close(): Promise<void>
}

/**
 * A TCP proxy before PostgreSQL that breaks the connection at one query. With `cut-reply` the query reaches the server
 * and is answered, which is proof that it was carried out; the answer is thrown away and the client's socket reset.
 */
export async function proxyTo(url: string): Promise<TcpProxy> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let rule: { isMet: (sent: string) => boolean; treatment: Treatment } = { isMet: () => false, treatment: 'pass' }
  let treated = 0

  const serve = (client: Socket): void => {
    const server = connect(Number(target.port || 5432), target.hostname)
    let swallow = false
    const cut = (): void => {
      client.resetAndDestroy()
      server.destroy()
    }
    for (const socket of [client, server]) {
      sockets.add(socket)
      socket.on('error', cut).on('close', () => {
        sockets.delete(socket)
        client.destroy()
        server.destroy()
      })
    }
    client.on('data', (bytes) => {
      const hit = rule.treatment !== 'pass' && rule.isMet(bytes.toString('latin1').toLowerCase())
      if (hit) treated++
      if (hit && rule.treatment === 'cut-before') return cut()
      if (hit) swallow = true
      server.write(bytes)
    })
    server.on('data', (bytes) => {
      if (swallow) cut()
      else client.write(bytes)
    })
  }

  const listener: Server = createServer(serve)
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const through = new URL(url)
  through.port = String(address.port)
  return {
    url: through.href,
    treat: (text, treatment) => {
      const simple = simpleQuery(text.toLowerCase()).toString('latin1')
      rule = { isMet: (sent) => sent === simple || sent.includes(`\0${text.toLowerCase()}\0`), treatment }
    },
    treated: () => treated,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}

/** The bytes of a simple query message, in lower case as it is compared. In any other message the text stands between zeros. */
function simpleQuery(text: string): Buffer {
  const body = Buffer.from(`${text}\0`)
  const header = Buffer.from([...Buffer.from('q'), 0, 0, 0, 0])
  header.writeUInt32BE(body.length + 4, 1)
  return Buffer.concat([header, body])
}
