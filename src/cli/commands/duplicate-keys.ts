import { Option } from 'commander'

export type DuplicateKeys = 'refuse' | 'last'

/** The flag of every command that reads a store. */
export function duplicateKeysOption(): Option {
  return new Option('--duplicate-keys <rule>', 'a member that stands twice in one object: refuse it, or take the last')
    .choices(['refuse', 'last'])
    .default('refuse')
}
