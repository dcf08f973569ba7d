import { closeSync, openSync, writeSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Item } from './item.ts'
import type { Failure, Intent, Operation, Outcome } from './operation.ts'

/** One line of a client's log. What was sent is there before it is sent, what was answered before the next is sent. */
export type Line =
  | { sent: Intent; at: number }
  | { failed: number; at: number; failure: Failure }
  | { ended: number; at: number; outcome: Outcome; status?: number; items?: Item[] }

/** Appends to a file of its own, a line at a time; when `write` returns, the line is the operating system's. */
export class ClientLog {
  readonly #file: number

  constructor(folder: string, client: string) {
    this.#file = openSync(join(folder, `${client}.jsonl`), 'ax')
  }

  write(line: Line): void {
    writeSync(this.#file, `${JSON.stringify(line)}\n`)
  }

  close(): void {
    closeSync(this.#file)
  }
}

/** The operations of all clients whose logs are in the folder. One without an end has an unknown outcome. */
export async function readLogs(folder: string): Promise<Operation[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.jsonl')).sort()
  const logs = await Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
  return logs.flatMap((text) => operationsOf(text.split('\n').slice(0, -1).map(lineOf)))
}

function lineOf(text: string): Line {
  return JSON.parse(text) as Line
}

/** The operations that one client's lines tell of. */
export function operationsOf(lines: readonly Line[]): Operation[] {
  const operations = new Map<number, Operation>()
  for (const line of lines) {
    if ('sent' in line) {
      operations.set(line.sent.seq, {
        ...line.sent,
        ...{ start: line.at, end: Number.POSITIVE_INFINITY, outcome: 'unknown', status: undefined },
        ...{ attempts: 1, failures: [], items: [] },
      })
      continue
    }
    const operation = operations.get('failed' in line ? line.failed : line.ended)
    if (operation === undefined)
      throw new Error(`a line of the log is about nothing that was sent: ${JSON.stringify(line)}`)
    if ('failed' in line) operation.failures.push(line.failure)
    else Object.assign(operation, endOf(line))
  }
  for (const operation of operations.values()) operation.attempts = attemptsOf(operation)
  return [...operations.values()]
}

function endOf({ at, outcome, status, items = [] }: Extract<Line, { ended: number }>): Partial<Operation> {
  return { outcome, status, items, end: outcome === 'unknown' ? Number.POSITIVE_INFINITY : at }
}

/** Each failure was an attempt, and the answer, where there is one, another. */
function attemptsOf({ failures, outcome }: Operation): number {
  return Math.max(1, failures.length + (outcome === 'unknown' ? 0 : 1))
}
