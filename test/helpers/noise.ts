/** Text that looks random (nothing compresses it) and is the same in every run. */
export function noise(length: number, alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789', seed = 1): string {
  let state = seed
  let text = ''
  for (let i = 0; i < length; i++) {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0
    text += alphabet[(state >>> 8) % alphabet.length]
  }
  return text
}
