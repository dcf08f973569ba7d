import { connect, createServer, type Socket } from 'node:net'

/** A door before PostgreSQL that can be shut: who is inside is cut off, who comes is turned away. */
export interface Gate {
  /** The URL with the gate in the place of the server. */
  url: string
  shut(): void
  open(): void
  close(): Promise<void>
}

export async function gateTo(url: string): Promise<Gate> {
  const target = new URL(url)
  const sockets = new Set<Socket>()
  let isOpen = true
  const listener = createServer((client) => {
    if (!isOpen) return client.resetAndDestroy()
    const server = connect(Number(target.port || 5432), target.hostname)
    for (const [socket, twin] of [
      [client, server],
      [server, client],
    ] as const) {
      sockets.add(socket)
      socket.on('error', () => twin.destroy())
      socket.on('close', () => sockets.delete(socket))
      socket.pipe(twin)
    }
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  const address = listener.address()
  if (address === null || typeof address === 'string') throw new Error('the gate has no port')
  const through = new URL(url)
  through.hostname = '127.0.0.1'
  through.port = String(address.port)
  const cut = (): void => {
    for (const socket of sockets) socket.destroy()
  }
  return {
    url: through.href,
    shut: () => {
      isOpen = false
      cut()
    },
    open: () => {
      isOpen = true
    },
    close: async () => {
      cut()
      await new Promise((resolve) => listener.close(resolve))
    },
  }
}
