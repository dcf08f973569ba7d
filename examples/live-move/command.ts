import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'

const OUTGROW = fileURLToPath(new URL('../../bin/outgrow.js', import.meta.url))

const [BOLD, CYAN, PLAIN] = ['\x1b[1m', '\x1b[36m', '\x1b[0m']

export function say(line: string): void {
  tell(`\n${BOLD}${line}${PLAIN}`)
}

export function tell(line: string): void {
  process.stdout.write(`${line}\n`)
}

/** Seconds that a gate may take to turn green. */
const PATIENCE = 60

/** Runs outgrow commands in a folder and shows them, as somebody would type them. */
export class Terminal {
  readonly #folder: string

  constructor(folder: string) {
    this.#folder = folder
  }

  copy(from: string, to: string): void {
    tell(`${CYAN}$ cp ${from} ${to}${PLAIN}`)
    copyFileSync(join(this.#folder, from), join(this.#folder, to))
  }

  /** Runs one command; the walk-through ends where it does not end as told. Returns what it printed. */
  async run(args: string[], wantedExit = 0): Promise<string> {
    const ended = await this.#once(args)
    show(args, ended)
    if (ended.code !== wantedExit)
      throw new Error(`outgrow ${args[0]} ended with ${ended.code}, not with ${wantedExit}`)
    return ended.stdout
  }

  /** Runs it until no gate is red any more (exit code 3), as somebody would who waits; shows the last time alone. */
  async whenGreen(args: string[]): Promise<void> {
    const until = performance.now() + PATIENCE * 1000
    let ended = await this.#once(args)
    for (; ended.code === 3 && performance.now() < until; ended = await this.#once(args)) await delay(500)
    show(args, ended)
    if (ended.code !== 0) throw new Error(`outgrow ${args[0]} ended with ${ended.code}`)
  }

  async #once(args: string[]): Promise<Ended> {
    const child = spawn(process.execPath, [OUTGROW, ...args, '--quiet'], {
      cwd: this.#folder,
      env: { ...process.env, NO_COLOR: '1' },
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    const [stdout, stderr, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'exit')])
    return { code, stdout, stderr }
  }
}

interface Ended {
  code: number | null
  stdout: string
  stderr: string
}

function show(args: string[], { stdout, stderr }: Ended): void {
  const typed = args.map((arg) => (/\s/.test(arg) ? `"${arg}"` : arg)).join(' ')
  tell(`${CYAN}$ outgrow ${typed}${PLAIN}\n${stdout}${stderr}`.trimEnd())
}
