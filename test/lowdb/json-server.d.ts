/** What the tests use of json-server, which comes without types. */
declare module 'json-server/lib/app.js' {
  import type { Server } from 'node:http'
  import type { Low } from 'lowdb'

  export function createApp(db: Low<never>): { listen(port: number, then: () => void, host: string): Server }
}

declare module 'json-server/lib/adapters/normalized-adapter.js' {
  import type { Adapter } from 'lowdb'

  export class NormalizedAdapter implements Adapter<never> {
    constructor(adapter: Adapter<never>)
    read(): Promise<never>
    write(data: never): Promise<void>
  }
}
