import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { startEmbedded } from '../src/postgres/embedded.ts'
import { say, Terminal, tell } from './live-move/command.ts'
import { proveArchive, proveTally } from './live-move/proof.ts'
import { startIdeaBank } from './live-move/service.ts'
import { startUsers, type Users } from './live-move/users.ts'

/**
 * A service goes from its JSON file to PostgreSQL while people use it: through every stage, once back, and to the end. The
 * service is a process of its own; whoever moves it only types the commands that are printed, and every one is really run.
 */
const NAME = 'idea-bank'
const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'outgrow-live-move-'))
const file = join(folder, 'ideas.json')
copyFileSync(beside('../services/idea-bank/seed.json'), file)
copyFileSync(beside('../services/idea-bank/plan.json'), join(folder, 'plan.json'))

/** Outside of a walk-through the gates ask for a minute of calm, a thousand comparisons, and a day in `live`. */
const gates = { calm: 1, compares: 50, seen: 5, soak: 2, lag: 10, fastEnough: 2000 }

const terminal = new Terminal(folder)
const stage = (...args: string[]): string[] => ['stage', NAME, ...args]
const because = (why: string): string[] => ['--by', 'you', '--why', why]

async function load(): Promise<void> {
  say('1. Tables for the store, filled from a copy, as the file is being written. What changes meanwhile comes later.')
  terminal.copy('ideas.json', 'copy.json')
  await terminal.run(['migrate', 'copy.json', '--name', NAME, '--plan', 'plan.json', '--owner', 'you'])
}

async function toShadow(): Promise<void> {
  say('2. What would the first step ask for, and do? Stage off → dualwrite: every write goes to PostgreSQL, too.')
  await terminal.run(stage('dualwrite', ...because('begin to mirror'), '--dry-run'))
  say('3. All gates are green: do it. The command asks the service, which owns the file; nobody restarts anything.')
  await terminal.run(stage('dualwrite', ...because('begin to mirror')))
  say('4. On to shadow? Refused, exit code 3: a gate is RED, and below the list stands what turns it green.')
  await terminal.run(stage('shadow', ...because('mirrored well')), 3)
  say('5. So compare every record of both sides, while they are written, and ask again.')
  await terminal.whenGreen(stage('--verify'))
  await terminal.whenGreen(stage('shadow', ...because('both sides are equal')))
}

async function toLiveAndBack(): Promise<void> {
  say('6. In shadow PostgreSQL answers half of the reads, and all of them are compared.')
  await terminal.run(stage('--serve-new', '50', '--compare', '100', '--by', 'you'))
  say('7. Before PostgreSQL becomes the truth, rehearse the way there and back on a copy.')
  await terminal.run(stage('--drill', '--by', 'you'))
  say('8. The change of authority. Writes wait for a moment, and none is lost.')
  await terminal.whenGreen(stage('live', ...because('no difference in shadow')))
  say('9. Second thoughts? The file was kept up to date all the while: back to it, at once.')
  await terminal.run(stage('shadow', ...because('to see that we can')))
  await terminal.whenGreen(stage('live', ...because('now for good')))
}

async function toTheEnd(): Promise<void> {
  say('10. No read may need the file any more.')
  await terminal.whenGreen(stage('rampdown', ...because('a while without a fallback')))
  await terminal.whenGreen(stage('--verify'))
  say('11. The last step has no way back: it wants the name of the store, typed.')
  await terminal.run(stage('complete', ...because('done')), 3)
  await terminal.whenGreen(stage('complete', ...because('done'), '--confirm', NAME))
  await terminal.run(stage())
}

async function prove(url: string, users: Users): Promise<void> {
  const { reads, writes, repeated } = users.counts
  say('12. The users have left. Is everything there that the service ever acknowledged?')
  tell(`${reads} reads and ${writes} writes were answered on the way; ${repeated} requests had to be sent twice.`)
  tell(await proveTally(url, users.tally))
  const archive = await proveArchive(join(`${file}.outgrow`, 'archive'))
  tell(`The file as it was left: ${archive.path}\nSHA-256 ${archive.sha256}`)
  say('13. And if you ever want a JSON file again:')
  await terminal.run(['export', NAME, '--out', 'exported.json'])
  await terminal.run(['verify', NAME, '--against', 'exported.json'])
  say('14. Every act is on record.')
  await terminal.run(['log', NAME])
  await terminal.run(['log', '--audit', '--check'])
}

async function move(url: string): Promise<void> {
  const env = { LIBRARY_DB_STRATEGY: 'staged', DB_PATH: file, OUTGROW_DATABASE_URL: url }
  const service = await startIdeaBank({ ...env, STAGE_GATES: JSON.stringify(gates), LOG_LEVEL: 'info' })
  const users = startUsers(service.url, 4)
  try {
    for (const part of [load, toShadow, toLiveAndBack, toTheEnd]) await users.during(part)
    await users.leave()
    await prove(service.url, users)
  } finally {
    await users.leave().finally(() => service.stop())
  }
}

// The commands join this server, so that it is started once.
const server = await startEmbedded({ dir: join(folder, '.outgrow', 'postgres') })
try {
  await move(server.url)
} finally {
  await server.stop()
}
tell(`\nWhat this walk-through wrote is in ${folder}`)
