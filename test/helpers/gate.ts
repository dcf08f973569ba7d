import { connect, createServer, type Server, type Socket } from 'node:net'

/** A TCP gate before a server: while it is shut, the server is gone for everybody who came through it. */
export interface Gate {
  url: string
  /** Cuts all connections and refuses new ones. */
  shut(): Promise<void>
  open(): Promise<void>
  /** Keeps connections, and lets no byte through in either direction: a black hole. */
  swallow(): void
  /** Ends the black hole; what was swallowed is lost, so the connections are cut. */
  cut(): void
  close(): Promise<void>
}

export async function gateTo(url: string): Promise<Gate> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let swallowing = false
  const serve = (client: Socket): void => {
    const server = connect(Number(target.port || 5432), target.hostname)
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(from)
      from.on('data', (bytes) => {
        if (!swallowing) to.write(bytes)
      })
      from.on('error', () => to.destroy())
      from.on('close', () => {
        sockets.delete(from)
        to.destroy()
      })
    }
  }
  let listener: Server | undefined
  const listen = async (port: number): Promise<number> => {
    const opened = createServer(serve)
    listener = opened
    await new Promise<void>((resolve) => opened.listen(port, '127.0.0.1', resolve))
    const address = opened.address()
    if (address === null || typeof address === 'string') throw new Error('the gate has no port')
    return address.port
  }
  const port = await listen(0)
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(port)
  const cut = (): void => {
    swallowing = false
    for (const socket of sockets) socket.destroy()
  }
  const shut = async (): Promise<void> => {
    const closing = listener
    listener = undefined
    if (closing === undefined) return
    const closed = new Promise((resolve) => closing.close(resolve))
    for (const socket of sockets) socket.destroy()
    await closed
  }
  return {
    url: through.href,
    shut,
    open: async () => {
      if (listener === undefined) await listen(port)
    },
    swallow: () => {
      swallowing = true
    },
    cut,
    close: shut,
  }
}
