import { expect, test } from 'vitest'
import { newEnding } from '../../src/cli/ending.ts'
import { buildProgram } from '../../src/cli/program.ts'
import type { Surroundings } from '../../src/cli/surroundings.ts'
import { isHelp } from '../../src/cli/usage.ts'

/** Parses a command line in this process: enough for whatever ends before a verb is called. */
async function parse(...argv: string[]) {
  const said = { stdout: '', stderr: '' }
  const surroundings: Surroundings = {
    ...{ argv, env: {}, cwd: '/nowhere', interrupted: new AbortController().signal, closers: new Set() },
    stdout: { write: (text) => (said.stdout += text) },
    stderr: { write: (text) => (said.stderr += text) },
  }
  const error = await buildProgram(surroundings, newEnding())
    .parseAsync(argv, { from: 'user' })
    .catch((error: unknown) => error)
  return { ...said, error }
}

const COMMANDS = ['inspect', 'plan', 'migrate', 'verify', 'export', 'rollback', 'stage', 'log', 'doctor']
const BACKUP = ['create', 'list', 'verify', 'restore'].map((name) => `backup ${name}`)

test.each([...COMMANDS, ...BACKUP])(
  'outgrow %s --help says what it writes, what it never does, and shows it',
  async (name) => {
    const { stdout, stderr, error } = await parse(...name.split(' '), '--help')
    expect(isHelp(error) && error.exitCode).toBe(0)
    expect(stderr).toBe('')
    expect(stdout).toContain(`Usage: outgrow ${name}`)
    for (const part of [
      'Writes:',
      'Never:',
      `$ outgrow ${name}`,
      'Exit codes:',
      '--json',
      '--to <url>',
      '--quiet',
      '--no-color',
    ])
      expect(stdout).toContain(part)
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(120)
  },
)

test('outgrow --help lists every command that exists, and no other', async () => {
  const { stdout } = await parse('--help')
  const listed = [...(stdout.split('Commands:')[1]?.split('\n\n')[0] ?? '').matchAll(/^ {2}(\w+)/gm)].map(
    ([, name]) => name,
  )
  expect(listed).toEqual([...COMMANDS.slice(0, 7), 'backup', 'log', 'doctor', 'help'])
})

test('outgrow alone, and a group alone, print their help on stderr', async () => {
  for (const argv of [[], ['backup']]) {
    const { stdout, stderr, error } = await parse(...argv)
    expect(isHelp(error) && error.exitCode).toBe(1)
    expect([stdout, stderr.startsWith('Usage: outgrow')]).toEqual(['', true])
  }
})

test.each([
  [['verfy', 'x'], "unknown command 'verfy' (Did you mean verify?)", 'outgrow --help'],
  [['backup', 'lst', 'x'], "unknown command 'lst' (Did you mean list?)", 'outgrow backup --help'],
  [['inspect'], "missing required argument 'store'.", 'outgrow inspect --help'],
  [['migrate', 'db.json'], "required option '--name <name>' not specified.", 'outgrow migrate --help'],
  [['verify', 'ideas'], "required option '--against <store>' not specified.", 'outgrow verify --help'],
  [
    ['inspect', 'db.json', '--salvge', 'x'],
    "unknown option '--salvge' (Did you mean --salvage?)",
    'outgrow inspect --help',
  ],
  [['doctor', 'extra'], "too many arguments for 'doctor'. Expected 0 arguments but got 1.", 'outgrow doctor --help'],
  [
    ['plan', 'db.json', '--name', 'x', '--emit', 'orm'],
    'Allowed choices are prisma, drizzle, kysely.',
    'outgrow plan --help',
  ],
  [['log', '--limit', 'ten'], 'It must be a whole number above 0.', 'outgrow log --help'],
  [['inspect', 'db.json', '--duplicate-keys', 'first'], 'Allowed choices are refuse, last.', 'outgrow inspect --help'],
])('%j is refused in one line that says where to look', async (argv, message, where) => {
  const { stdout, stderr, error } = await parse(...argv)
  expect(error).toMatchObject({
    code: 'usage',
    message: expect.stringMatching(/^[^\n]*$/),
    next: `See \`${where}\`.`,
  })
  expect((error as Error).message).toContain(message)
  expect([stdout, stderr]).toEqual(['', ''])
})
