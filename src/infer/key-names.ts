/** Member names that identify a record by convention, best first. */
export const KEY_NAMES = [
  'id',
  '_id',
  'uuid',
  'guid',
  'key',
  'uid',
  '_key',
  'slug',
  'code',
  'sku',
  'name',
  'username',
  'email',
]

/** True when a member of a record, by its name, is so likely the key that its values are followed from the first pass on. */
export function isLikelyKey(name: string, path: readonly string[]): boolean {
  return path.length === 0 && /^_?id$/i.test(name)
}

/** True when a member, by its name, may hold keys of another collection: `userId`, `user_id`, `postIds`, `author.id`. */
export function mayRefer(name: string, path: readonly string[]): boolean {
  return referredName(name, path) !== undefined
}

/** What a reference is called without its ending: `userId` → `user`, `post_ids` → `post`, `author.id` → `author`. */
export function referredName(name: string, path: readonly string[]): string | undefined {
  if (name.toLowerCase() === 'id' || name === '_id') return path.at(-1)
  const match = /^(.+?)(?:_ids?|-ids?|Ids?|IDs?)$/.exec(name)
  return match?.[1]
}
