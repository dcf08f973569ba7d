import { link, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { type Disk, type DiskFile, disk } from '../../src/rollout/file/disk.ts'

/** What a file holds for certain: its content at its last sync. */
interface Inode {
  synced: Buffer
  /** A second name of it, by which it comes back as the same file after its first name went to another one. */
  held: string
}

/** Everything after the power was cut. */
export class PowerCut extends Error {}

/**
 * A real disk without mercy: when the power is cut, what was not synced is gone, the content of files and the names in
 * folders alike. `cutAt` is the number of the operation before which it is cut; each operation is told to `onStep`.
 */
export class MercilessDisk implements Disk {
  steps: string[] = []
  readonly #cutAt: number
  readonly #now = new Map<string, Inode>()
  readonly #durable = new Map<string, Inode>()
  readonly #opened: DiskFile[] = []
  #holding: string | undefined
  #held = 0
  #failNext: { step: string; error: Error } | undefined

  constructor(cutAt = Number.POSITIVE_INFINITY) {
    this.#cutAt = cutAt
  }

  /** The next operation of this name fails once. */
  failOnce(step: string, code: string): void {
    this.#failNext = { step, error: Object.assign(new Error(code), { code, syscall: step }) }
  }

  /** Leaves on the real disk what would be there after the power came back. */
  async comeBack(): Promise<void> {
    // A handle that is closed already takes a second close without complaint.
    for (const file of this.#opened) await file.close()
    for (const path of this.#now.keys()) if (!this.#durable.has(path)) await rm(path, { force: true })
    for (const [path, { synced, held }] of this.#durable) {
      // Written only if it must be: what was synced comes back with its times.
      if (!(await readFile(held)).equals(synced)) await writeFile(held, synced)
      await rm(path, { force: true })
      await link(held, path)
    }
    await this.#letGo()
  }

  /** Leaves on the real disk what is there when only the process was killed: all that it had done. */
  async leave(): Promise<void> {
    for (const file of this.#opened) await file.close()
    await this.#letGo()
  }

  async #letGo(): Promise<void> {
    if (this.#holding !== undefined) await rm(this.#holding, { recursive: true })
    this.#holding = undefined
  }

  async open(path: string, flags: string, mode?: number): Promise<DiskFile> {
    await this.#step(`open ${flags}`)
    const file = await disk.open(path, flags, mode)
    this.#opened.push(file)
    const before = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'EISDIR') return undefined
      throw error
    })
    if (before === undefined) return this.#folder(path, file)
    if (!this.#now.has(path)) {
      this.#now.set(path, await this.#hold(path, before))
      if (flags === 'r+') this.#durable.set(path, this.#now.get(path) as Inode)
    }
    return this.#file(this.#now.get(path) as Inode, path, file)
  }

  async rename(from: string, to: string): Promise<void> {
    await this.#step('rename')
    await disk.rename(from, to)
    const inode = this.#now.get(from)
    if (inode !== undefined) this.#now.set(to, inode)
    this.#now.delete(from)
  }

  /** A file that was there before this disk was used. */
  async knows(path: string): Promise<void> {
    const inode = await this.#hold(path, await readFile(path))
    this.#now.set(path, inode)
    this.#durable.set(path, inode)
  }

  async remove(path: string): Promise<void> {
    if (this.steps.length >= this.#cutAt) return
    this.#now.delete(path)
    await disk.remove(path)
  }

  names(folder: string): Promise<string[]> {
    return disk.names(folder)
  }

  identify(path: string): ReturnType<Disk['identify']> {
    return disk.identify(path)
  }

  /** Keeps hold of a file, which must lie on the file system of the temporary folder. */
  async #hold(path: string, synced: Buffer): Promise<Inode> {
    this.#holding ??= await mkdtemp(join(tmpdir(), 'outgrow-power-cut-'))
    const held = join(this.#holding, `${this.#held++}`)
    await link(path, held)
    return { synced, held }
  }

  async #step(name: string): Promise<void> {
    if (this.steps.length >= this.#cutAt) throw new PowerCut(name)
    this.steps.push(name)
    if (this.#failNext?.step !== name) return
    const { error } = this.#failNext
    this.#failNext = undefined
    throw error
  }

  #folder(path: string, file: DiskFile): DiskFile {
    return wrapped(file, {
      sync: async () => {
        await this.#step('sync folder')
        for (const known of new Set([...this.#now.keys(), ...this.#durable.keys()])) {
          if (dirname(known) !== path) continue
          const inode = this.#now.get(known)
          if (inode === undefined) this.#durable.delete(known)
          else this.#durable.set(known, inode)
        }
      },
    })
  }

  #file(inode: Inode, opened: string, file: DiskFile): DiskFile {
    const sync = async (): Promise<void> => {
      await this.#step('sync')
      const path = [...this.#now].find(([, one]) => one === inode)?.[0] ?? opened
      inode.synced = await readFile(path)
    }
    return wrapped(file, {
      sync,
      datasync: sync,
      write: (async (bytes: Uint8Array, at: number, length: number, position: number) => {
        await this.#step('write')
        return file.write(bytes, at, length, position)
      }) as DiskFile['write'],
    })
  }
}

function wrapped(file: DiskFile, changed: Partial<DiskFile>): DiskFile {
  return {
    read: file.read.bind(file) as DiskFile['read'],
    write: file.write.bind(file) as DiskFile['write'],
    sync: () => file.sync(),
    datasync: () => file.datasync(),
    truncate: (length) => file.truncate(length),
    chmod: (mode) => file.chmod(mode),
    chown: (uid, gid) => file.chown(uid, gid),
    close: () => file.close(),
    identity: () => file.identity(),
    ...changed,
  }
}
