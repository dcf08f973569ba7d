import { type Command, CommanderError } from 'commander'
import { OutgrowError } from '../errors.ts'

/** Lets commander throw instead of exiting, for a command and all below it: one line, and where to look. */
export function refuseInOneLine(command: Command): void {
  command.exitOverride((error) => {
    throw isHelp(error) ? error : usageError(error, command)
  })
  command.configureOutput({ outputError: () => {} })
  for (const below of command.commands) refuseInOneLine(below)
}

/** commander's way of ending after it printed help or the version. */
export function isHelp(error: unknown): error is CommanderError {
  return (
    error instanceof CommanderError &&
    ['commander.help', 'commander.helpDisplayed', 'commander.version'].includes(error.code)
  )
}

function usageError(error: CommanderError, command: Command): OutgrowError {
  const message = error.message
    .replace(/^error: /, '')
    .replace(/\s+/g, ' ')
    .replace(/([^.?)])$/, '$1.')
  return new OutgrowError('usage', message, { next: `See \`${fullName(command)} --help\`.` })
}

function fullName(command: Command): string {
  return command.parent ? `${fullName(command.parent)} ${command.name()}` : command.name()
}
