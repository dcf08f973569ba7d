import { randomBytes, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server, type Socket } from 'node:net'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { OutgrowError } from '../../errors.ts'
import { errnoOf } from '../../jsonstore/file-error.ts'
import { isLeftBehind, ownerAddress, realStorePath } from './owner-address.ts'
import { askAt, type OwnerIdentity, type OwnerRequest, serveLines } from './owner-wire.ts'

export type { OwnerIdentity, OwnerRequest } from './owner-wire.ts'

export interface OwnerOptions {
  /** Answers what is asked of the owner beyond `who`, e.g. to change the stage. Its OutgrowErrors reach the asker. */
  onRequest?: (request: OwnerRequest) => Promise<unknown>
}

/** This process is the one that may write the store, until `release` or its death. */
export interface Owner extends OwnerIdentity {
  /** The store's file behind all symbolic links. */
  path: string
  /** The folder beside it for what belongs to its rollout: `NAME.outgrow`, its mode 0700. */
  folder: string
  release(): Promise<void>
}

/** How long an owner may take to say who it is, in milliseconds. */
const WHO_WITHIN = 1000

/**
 * Becomes the owner of the store at `path`. The kernel holds the lock (a local socket named after the real path) and frees
 * it at death, so that none is ever stale. Throws `locked`, naming process and host, while another one owns it, in this
 * process too. It reaches one machine and, on Linux, one network namespace: containers that share a volume do not see each
 * other's locks, and it is the comparison of the file before each write that stops them.
 */
export async function becomeOwner(path: string, options: OwnerOptions = {}): Promise<Owner> {
  const real = await realStorePath(path)
  const address = ownerAddress(real)
  const sockets = new Set<Socket>()
  const identity: OwnerIdentity = { pid: process.pid, host: hostname(), since: new Date().toISOString() }
  const token = randomBytes(32).toString('hex')
  const server = createServer((socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket)).unref()
    serveLines(socket, (request) => answer(request, identity, token, options))
  })
  await listen(server, address, real)
  try {
    const folder = await introduce(real, identity, token)
    return { ...identity, path: real, folder, release: () => stop(server, sockets) }
  } catch (error) {
    await stop(server, sockets)
    throw error
  }
}

/** The process that owns the store at `path`; undefined when there is none. */
export async function ownerOf(path: string): Promise<OwnerIdentity | undefined> {
  const found = await askAt(ownerAddress(await realStorePath(path)), { ask: 'who' }, WHO_WITHIN)
  return found?.answer as OwnerIdentity | undefined
}

/**
 * Asks something of the store's owner; undefined when there is none. The asker must be able to read the store's folder,
 * for the owner's token lies there. `within` is in milliseconds.
 */
export async function askOwner(path: string, ask: string, body: unknown, within: number): Promise<unknown> {
  const real = await realStorePath(path)
  const introduced = await readIntroduction(real)
  const token = introduced?.token ?? ''
  return (await askAt(ownerAddress(real), { ask, token, body }, within))?.answer
}

async function answer(
  request: OwnerRequest,
  identity: OwnerIdentity,
  token: string,
  options: OwnerOptions,
): Promise<unknown> {
  if (request.ask === 'who') return identity
  const given = Buffer.from(String(request.token))
  const expected = Buffer.from(token)
  // Anybody on the machine may connect; only who may read the store's folder may ask for more than a name.
  if (given.length !== expected.length || !timingSafeEqual(given, expected))
    throw new OutgrowError('refused', 'The owner of the store takes orders only with its token.', {
      next: 'Run this as a user who may read the folder of the store.',
    })
  if (options.onRequest === undefined)
    throw new OutgrowError('usage', `The owner of the store knows no request "${request.ask}".`)
  return options.onRequest(request)
}

async function listen(server: Server, address: string, path: string): Promise<void> {
  try {
    await listening(server, address)
  } catch (error) {
    if (errnoOf(error) !== 'EADDRINUSE') throw error
    if ((await isAlive(address)) || !isLeftBehind(address)) throw await taken(path)
    await rm(address, { force: true })
    await listening(server, address).catch(async (again: unknown) => {
      throw errnoOf(again) === 'EADDRINUSE' ? await taken(path) : again
    })
  }
}

function listening(server: Server, address: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    // Exclusive: the workers of a cluster would share one listener otherwise, and all be owners.
    server.listen({ path: address, exclusive: true }, () => {
      server.off('error', reject).unref()
      resolve()
    })
  })
}

/** Somebody listens, answering or not. */
async function isAlive(address: string): Promise<boolean> {
  try {
    return (await askAt(address, { ask: 'who' }, WHO_WITHIN)) !== undefined
  } catch (error) {
    if (error instanceof OutgrowError) return true
    throw error
  }
}

async function taken(path: string): Promise<OutgrowError> {
  const owner = await ownerOf(path).catch(async (error: unknown) => {
    if (!(error instanceof OutgrowError)) throw error
    return readIntroduction(path)
  })
  const who = owner === undefined ? 'another process' : `process ${owner.pid} on host ${owner.host}`
  return new OutgrowError('locked', `The store ${path} is owned by ${who}.`, {
    place: path,
    next: 'Stop that process first, or let it do the work.',
  })
}

interface Introduction extends OwnerIdentity {
  token: string
}

function introductionPath(path: string): string {
  return join(`${path}.outgrow`, 'owner.json')
}

/** Leaves name and token where only readers of the folder find them; it is no lock, and a stale one does no harm. */
async function introduce(path: string, identity: OwnerIdentity, token: string): Promise<string> {
  const folder = `${path}.outgrow`
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const file = introductionPath(path)
  const temporary = `${file}.tmp`
  await rm(temporary, { force: true })
  await writeFile(temporary, JSON.stringify({ ...identity, token }), { mode: 0o600, flag: 'wx' })
  await rename(temporary, file)
  return folder
}

async function readIntroduction(path: string): Promise<Introduction | undefined> {
  try {
    return JSON.parse(await readFile(introductionPath(path), 'utf8')) as Introduction
  } catch (error) {
    if (errnoOf(error) === 'ENOENT' || error instanceof SyntaxError) return undefined
    throw error
  }
}

function stop(server: Server, sockets: Set<Socket>): Promise<void> {
  for (const socket of sockets) socket.destroy()
  return new Promise((resolve) => server.close(() => resolve()))
}
