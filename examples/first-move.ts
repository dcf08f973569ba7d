import { spawnSync } from 'node:child_process'
import { copyFileSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { connect } from '../src/postgres/connect.ts'
import { startEmbedded } from '../src/postgres/embedded.ts'

/**
 * The whole way of a store, on an embedded PostgreSQL and a sample of our own: what is in it, the plan, the move, the
 * proof, a change made in PostgreSQL, the way back to JSON, and the undo. Every command that it prints is really run.
 */
const outgrow = fileURLToPath(new URL('../bin/outgrow.js', import.meta.url))
const sample = fileURLToPath(new URL('../test/fixtures/idea-bank.json', import.meta.url))

const folder = mkdtempSync(join(tmpdir(), 'outgrow-first-move-'))
copyFileSync(sample, join(folder, 'ideas.json'))

function say(text: string): void {
  process.stdout.write(`\n\x1b[1m${text}\x1b[0m\n`)
}

/** Runs one outgrow command in the demo's folder and shows it; the demo ends where one does not end as told. */
function run(args: string[], wantedExit = 0): void {
  process.stdout.write(`\x1b[36m$ outgrow ${args.join(' ')}\x1b[0m\n`)
  const { status, stdout, stderr } = spawnSync(process.execPath, [outgrow, ...args, '--quiet'], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, NO_COLOR: '1' },
  })
  process.stdout.write(stdout)
  process.stderr.write(stderr)
  if (status !== wantedExit) throw new Error(`outgrow ${args[0]} ended with ${status}, not with ${wantedExit}`)
}

async function changeInPostgres(url: string, sql: string): Promise<void> {
  process.stdout.write(`\x1b[36m$ psql -c "${sql}"\x1b[0m\n`)
  const connection = await connect(url, { application: 'demo' })
  const { rowCount } = await connection.query(sql)
  await connection.end()
  process.stdout.write(`UPDATE ${rowCount}\n`)
}

// The commands below join this server, so that it is started once and not seven times.
const server = await startEmbedded({ dir: join(folder, '.outgrow', 'postgres') })
try {
  say('1. What is in the store? Every record is read, nothing is written.')
  run(['inspect', 'ideas.json'])
  say('2. How would it look in PostgreSQL? A plan to review, and the SQL of its migrations.')
  run(['plan', 'ideas.json', '--name', 'idea-bank', '--out', 'plan'])
  say('3. Move it: a backup, then one transaction that loads every record and compares it before it commits.')
  run(['migrate', 'ideas.json', '--name', 'idea-bank', '--plan', 'plan/idea_bank.plan.json', '--owner', 'you'])
  say('4. Do both sides agree? Every record, by value.')
  run(['verify', 'idea-bank', '--against', 'ideas.json'])
  say('5. Somebody changes a record in PostgreSQL, and the same question gets another answer (exit code 3).')
  await changeInPostgres(server.url, `update idea_bank.ideas set status = 'completed' where id = '2'`)
  run(['verify', 'idea-bank', '--against', 'ideas.json'], 3)
  say('6. The way back: PostgreSQL as a JSON file that LowDB can open, with that change in it.')
  run(['export', 'idea-bank', '--out', 'exported.json'])
  run(['verify', 'idea-bank', '--against', 'exported.json'])
  say('7. Undo the move: schema and data as before it. What PostgreSQL held is kept in a backup first.')
  run(['rollback', 'idea-bank'])
  say('8. Every act is on record.')
  run(['log'])
  run(['log', '--audit', '--check'])
} finally {
  await server.stop()
}
say('Now your own file')
process.stdout.write(`npx outgrow inspect path/to/db.json
npx outgrow migrate path/to/db.json --name my-app            on the embedded server, to see what comes of it
npx outgrow migrate path/to/db.json --name my-app --to postgres://user@host/database

What this demo wrote is in ${relative(process.cwd(), folder).startsWith('..') ? folder : relative(process.cwd(), folder)}
`)
