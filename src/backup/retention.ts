/** What retention needs to know of a finished backup. */
export interface Kept {
  name: string
  created: Date
  /** Somebody gave it a label: it stays until the label is taken away. */
  labelled?: boolean
  /** It was read back, or test-restored, and was whole. */
  verified?: boolean
}

export interface RetentionRule {
  /** The newest so many stay. */
  last: number
  /** Those younger than this many days stay. */
  days: number
}

/**
 * The backups of one store that may be removed, oldest first: those that none of the rules keeps. The newest verified one
 * always stays; when none was ever verified nothing is removed, because none is known to be good.
 */
export function removable<T extends Kept>(backups: readonly T[], rule: RetentionRule, now: Date): T[] {
  const newest = [...backups].sort((a, b) => b.created.getTime() - a.created.getTime() || (a.name < b.name ? 1 : -1))
  const good = newest.find((backup) => backup.verified === true)
  if (good === undefined) return []
  const horizon = now.getTime() - rule.days * 24 * 60 * 60 * 1000
  return newest
    .slice(Math.max(0, rule.last))
    .filter((backup) => backup !== good && backup.labelled !== true && backup.created.getTime() < horizon)
    .reverse()
}
