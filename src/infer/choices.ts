import { sameBytes } from '../jsonstore/bytes.ts'

/** Texts kept while a field may still be an enumeration, and their longest length in bytes. */
const MOST_CHOICES = 16
const LONGEST_CHOICE = 40

/** The distinct short texts of a field, as long as they are few. */
export class Choices {
  readonly list: { text: Buffer; count: number }[] = []

  /** Counts a text, met so many times; false when the field is no enumeration after all. */
  take(bytes: Uint8Array, start: number, end: number, times = 1): boolean {
    for (const choice of this.list) {
      if (!sameBytes(choice.text, 0, choice.text.length, bytes, start, end)) continue
      choice.count += times
      return true
    }
    if (this.list.length === MOST_CHOICES || end - start > LONGEST_CHOICE) return false
    this.list.push({ text: Buffer.from(bytes.slice(start, end)), count: times })
    return true
  }
}
