/** Tells whether bytes that come in pieces are text: UTF-8 without control characters other than white space. */
export class TextSniff {
  readonly #decoder = new TextDecoder('utf-8', { fatal: true })
  #isText = true

  see(bytes: Uint8Array): void {
    if (this.#isText) this.#isText = this.#isPlain(bytes)
  }

  /** True when all of it was text. */
  end(): boolean {
    return this.#isText && this.#isPlain(undefined)
  }

  #isPlain(bytes: Uint8Array | undefined): boolean {
    try {
      const text = this.#decoder.decode(bytes, { stream: bytes !== undefined })
      return !/[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f]/.test(text)
    } catch (error) {
      if (error instanceof TypeError) return false
      throw error
    }
  }
}
