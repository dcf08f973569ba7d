import { parseArgs } from 'node:util'

export interface Options {
  url: string
  /** One run after the other, each with so many clients. */
  clients: number[]
  keys: number
  seconds: number
  seed: number
  /** The store's file, to be read all the while. */
  file: string | undefined
  /** Folder for the clients' logs; a new one below the temporary folder when absent. */
  out: string | undefined
  unavailable: boolean
  json: boolean
}

export const USAGE = `npm run load -- --url URL [--clients 1,16,100] [--keys 200] [--seconds 10] [--seed 1]
  [--file STORE]    read this file all the while: it must always parse
  [--out FOLDER]    where the clients' logs go
  [--unavailable]   answers 503 with Retry-After are expected
  [--json]          one document on stdout
The run makes its own records, as many as --keys, and leaves them there.`

/** Reads the command line; throws with the usage what cannot be read. */
export function readOptions(args: string[]): Options {
  const { values } = parseArgs({
    args,
    options: {
      url: { type: 'string' },
      clients: { type: 'string', default: '1,16,100' },
      keys: { type: 'string', default: '200' },
      seconds: { type: 'string', default: '10' },
      seed: { type: 'string', default: '1' },
      file: { type: 'string' },
      out: { type: 'string' },
      unavailable: { type: 'boolean', default: false },
      json: { type: 'boolean', default: false },
    },
  })
  if (values.url === undefined) throw new Error(`--url is missing\n${USAGE}`)
  return {
    url: values.url,
    clients: values.clients.split(',').map((text) => positive('clients', text)),
    keys: positive('keys', values.keys),
    seconds: positive('seconds', values.seconds),
    seed: positive('seed', values.seed),
    file: values.file,
    out: values.out,
    unavailable: values.unavailable,
    json: values.json,
  }
}

function positive(name: string, text: string): number {
  const number = Number(text)
  if (Number.isSafeInteger(number) && number > 0) return number
  throw new Error(`--${name} is "${text}", and must be a whole number above 0\n${USAGE}`)
}
