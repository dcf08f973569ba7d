import { shellWord } from './render/shell-word.ts'

/** A command line to suggest; it goes to the same database as this one did, and never shows a password. */
export function nextCommand(words: readonly string[], to: string | undefined): string {
  const command = ['outgrow', ...words].map(shellWord).join(' ')
  if (to === undefined) return command
  return `${command} --to ${hasPassword(to) ? 'URL' : shellWord(to)}`
}

function hasPassword(url: string): boolean {
  return !URL.canParse(url) || new URL(url).password !== '' || /password=/i.test(url)
}
