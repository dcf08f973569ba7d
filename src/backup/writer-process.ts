import { createHash } from 'node:crypto'
import { readFile, readlink } from 'node:fs/promises'
import { hostname } from 'node:os'
import { errnoOf } from '../jsonstore/file-error.ts'

/**
 * Who writes a `.partial` folder, as part of its name: `place-pid-start`. The place is this boot of this host (in this
 * container), the start tells a process from a later one under the same number.
 */
export async function thisWriter(): Promise<string> {
  return `${await place()}-${process.pid}-${await startOf(process.pid)}`
}

/** What became of a writer: `elsewhere` when it ran on another host, in another container, or before the last boot. */
export async function writerState(writer: string): Promise<'alive' | 'dead' | 'elsewhere'> {
  const [at, pid, start] = writer.split('-')
  if (at !== (await place())) return 'elsewhere'
  if (!isAlive(Number(pid))) return 'dead'
  return (await startOf(Number(pid))) === start ? 'alive' : 'dead'
}

async function place(): Promise<string> {
  const boot = await readIfThere('/proc/sys/kernel/random/boot_id')
  const processes = await readlink('/proc/self/ns/pid').catch(absent)
  return createHash('sha256').update(`${hostname()}\n${boot}\n${processes}`).digest('hex').slice(0, 8)
}

/** Field 22 of /proc/PID/stat, counted behind the program's name, which may hold anything; 0 where there is no /proc. */
async function startOf(pid: number): Promise<string> {
  const stat = await readIfThere(`/proc/${pid}/stat`)
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19] ?? '0'
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch (error) {
    return errnoOf(error) === 'EPERM'
  }
}

async function readIfThere(path: string): Promise<string> {
  return readFile(path, 'utf8').catch(absent)
}

function absent(error: unknown): string {
  if (errnoOf(error) !== undefined) return ''
  throw error
}
