/** Groups what names a collection, in the order in which the collections first come. */
export function byCollection<T extends { collection: string }>(all: Iterable<T>): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const one of all) {
    const group = groups.get(one.collection)
    if (group === undefined) groups.set(one.collection, [one])
    else group.push(one)
  }
  return groups
}
