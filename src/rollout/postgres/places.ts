/** The place of a record that is to move: a number, or after all others, where a new one is taken from the sequence. */
export type Place = number | 'last'

/**
 * Places under which records stand in the order given, from the distinct or repeated places that they have now. Few of them
 * change: the longest run that is in order already stays (patience sorting), the others go between, before or after it, and
 * where there is no room, their neighbours make way, towards the nearer end.
 */
export function newPlaces(present: readonly number[]): Place[] {
  const stays = longestRising(present)
  const places: Place[] = [...present]
  for (let at = 0; at < places.length; ) {
    if (stays.has(at)) at++
    else at = makeRoom(places, stays, at)
  }
  return places
}

/** Places the records from `first` to the next that stays; answers the index of the first record not placed yet. */
function makeRoom(places: Place[], stays: ReadonlySet<number>, first: number): number {
  let low = first - 1
  let high = nextStaying(places.length, stays, first)
  for (let turn = 0; !fits(places, low, high); turn++) {
    if (turn % 2 === 0) low--
    else high = nextStaying(places.length, stays, high + 1)
  }
  const count = high - low - 1
  const [before, after] = [places[low], places[high]]
  for (let n = 1; n <= count; n++) {
    if (typeof after !== 'number') places[low + n] = 'last'
    else if (typeof before !== 'number') places[low + n] = after - count - 1 + n
    else places[low + n] = before + n * Math.floor((after - before) / (count + 1))
  }
  return high
}

/** True at either end, where there is always room, and between two records whose places leave enough of it. */
function fits(places: readonly Place[], low: number, high: number): boolean {
  const [before, after] = [places[low], places[high]]
  return typeof before !== 'number' || typeof after !== 'number' || after - before >= high - low
}

function nextStaying(end: number, stays: ReadonlySet<number>, from: number): number {
  let at = from
  while (at < end && !stays.has(at)) at++
  return at
}

/** Indices of a longest strictly rising subsequence. */
function longestRising(values: readonly number[]): Set<number> {
  const ends: number[] = []
  const before: (number | undefined)[] = []
  for (const [at, value] of values.entries()) {
    const length = firstNotBelow(ends, values, value)
    before[at] = ends[length - 1]
    ends[length] = at
  }
  const rising = new Set<number>()
  for (let at = ends.at(-1); at !== undefined; at = before[at]) rising.add(at)
  return rising
}

/** In `ends`, whose values rise: the first that is not below `value`. */
function firstNotBelow(ends: readonly number[], values: readonly number[], value: number): number {
  let [low, high] = [0, ends.length]
  while (low < high) {
    const middle = (low + high) >> 1
    if ((values[ends[middle] as number] as number) < value) low = middle + 1
    else high = middle
  }
  return low
}
