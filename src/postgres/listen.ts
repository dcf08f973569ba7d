import type pg from 'pg'
import { type ConnectOptions, newClient, open } from './connect.ts'
import { connectError } from './connect-error.ts'
import { quoteIdent } from './ident.ts'

/** A session that waits for notifications. */
export interface Listener {
  /** Process id of the backend. */
  readonly backend: number
  /** Ends the session, without waiting for a server that no longer answers; a second call does nothing. Never fails. */
  end(): Promise<void>
}

/** Called with the payload, which is empty text where NOTIFY gave none. */
export type OnNotification = (channel: string, payload: string) => void

/**
 * Listens on the channels, with a session of its own. When the session ends without our asking, `onLost` is called, once, and
 * nothing more: whoever wants to listen on calls this again, and must then look for what it missed meanwhile. Nothing is
 * thrown later; what `onNotification` throws ends the session and is told as its loss. Throws what `connect` throws.
 */
export async function listen(
  url: string,
  channels: readonly string[],
  onNotification: OnNotification,
  onLost: (reason: Error) => void,
  options: ConnectOptions = {},
): Promise<Listener> {
  const client = newClient(url, { application: 'listener', ...options })
  let state: 'opening' | 'open' | 'over' = 'opening'
  const lose = (reason: Error): void => {
    if (state !== 'open') return
    state = 'over'
    client.connection.stream.destroy()
    onLost(reason)
  }
  client.on('error', lose)
  client.on('end', () => lose(new Error('Connection terminated')))
  client.on('notification', ({ channel, payload = '' }) => {
    if (state === 'over') return
    try {
      onNotification(channel, payload)
    } catch (error) {
      lose(error instanceof Error ? error : new Error(String(error)))
    }
  })
  await open(client, url)
  await begin(client, url, channels)
  state = 'open'
  return {
    backend: (client as unknown as { processID: number }).processID,
    end: () => {
      state = 'over'
      return leave(client)
    },
  }
}

async function begin(client: pg.Client, url: string, channels: readonly string[]): Promise<void> {
  try {
    await client.query(channels.map((channel) => `listen ${quoteIdent(channel)}`).join('; '))
  } catch (error) {
    await leave(client)
    throw connectError(url, error)
  }
}

/** The goodbye is sent, and its answer not waited for. */
async function leave(client: pg.Client): Promise<void> {
  const { stream } = client.connection
  stream.once('finish', () => stream.destroy())
  await client.end()
}
