import { readdir, readFile } from 'node:fs/promises'
import { isMissing } from './missing.ts'

const INTERVAL_MS = 20

/**
 * Follows the resident memory of a process and its descendants while it runs. `stop()` gives the peak in bytes: the greatest
 * sum, at any look, of the high-water marks (VmHWM) of the processes alive together, hence never less than the truth but
 * for what is allocated in the last 20 ms. `undefined` where there is no /proc.
 */
export function followMemory(pid: number): { stop(): number | undefined } {
  let peak = 0
  let looking = false
  const look = async (): Promise<void> => {
    if (looking) return
    looking = true
    const marks = await Promise.all((await family(pid)).map(highWaterMark))
    peak = Math.max(
      peak,
      marks.reduce((sum, mark) => sum + mark, 0),
    )
    looking = false
  }
  const timer = setInterval(look, INTERVAL_MS)
  void look()
  return {
    stop() {
      clearInterval(timer)
      return peak > 0 ? peak : undefined
    },
  }
}

/** The process and all that descend from it; those that ended meanwhile are left out. */
async function family(pid: number): Promise<number[]> {
  const threads = await unlessGone(readdir(`/proc/${pid}/task`), [])
  const lists = await Promise.all(
    threads.map((thread) => unlessGone(readFile(`/proc/${pid}/task/${thread}/children`, 'utf8'), '')),
  )
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number))
  return [pid, ...(await Promise.all(children.map(family))).flat()]
}

async function highWaterMark(pid: number): Promise<number> {
  const status = await unlessGone(readFile(`/proc/${pid}/status`, 'utf8'), '')
  return Number(/^VmHWM:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) * 1024
}

async function unlessGone<T>(reading: Promise<T>, gone: T): Promise<T> {
  try {
    return await reading
  } catch (error) {
    if (isMissing(error)) return gone
    throw error
  }
}
