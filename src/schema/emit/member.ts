/** Letters that the emitted language takes in an identifier. */
export type Alphabet = 'ascii' | 'unicode'

const OUTSIDE = { ascii: /[^A-Za-z0-9]+/, unicode: /[^\p{L}\p{M}\p{N}]+/u }
const START = { ascii: /^[A-Za-z]/, unicode: /^\p{L}/u }

/** `author_name` → `authorName`: an identifier unlike every one in `taken`, to which it is added. */
export function memberName(name: string, taken: Set<string>, alphabet: Alphabet): string {
  const [first = '', ...rest] = wordsOf(name, alphabet)
  return distinct(`${lowerFirst(first)}${rest.map(upperFirst).join('')}`, 'member', taken, alphabet)
}

/** `idea_comments` → `IdeaComments`: a type name unlike every one in `taken`, to which it is added. */
export function typeName(name: string, taken: Set<string>, alphabet: Alphabet): string {
  return distinct(wordsOf(name, alphabet).map(upperFirst).join(''), 'Table', taken, alphabet)
}

/** The text as a TypeScript string literal in single quotes, on one line. */
export function stringLiteral(text: string): string {
  return `'${JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'")}'`
}

/** The text as it may stand in a comment between slash-star and star-slash. */
export function commentText(text: string): string {
  return text.replaceAll('*/', '*\\/')
}

function wordsOf(name: string, alphabet: Alphabet): string[] {
  // In ASCII an accent goes and its letter stays; other scripts go altogether.
  const text = alphabet === 'ascii' ? name.normalize('NFD').replace(/\p{M}+/gu, '') : name.normalize('NFC')
  return text.split(OUTSIDE[alphabet]).filter((word) => word !== '')
}

function distinct(name: string, nothing: string, taken: Set<string>, alphabet: Alphabet): string {
  const base = name === '' ? nothing : START[alphabet].test(name) ? name : `n${name}`
  let candidate = base
  for (let n = 2; taken.has(candidate); n++) candidate = `${base}_${n}`
  taken.add(candidate)
  return candidate
}

function upperFirst(word: string): string {
  const [first = '', ...rest] = word
  return first.toUpperCase() + rest.join('')
}

function lowerFirst(word: string): string {
  const [first = '', ...rest] = word
  return first.toLowerCase() + rest.join('')
}
