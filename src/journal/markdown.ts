/** What nobody can see in a page, or what would reorder or break the line around it. */
const INVISIBLE = /[\p{Cc}\p{Cs}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu

/** What starts JSX, an expression, a table cell or code: entities, because tables split cells before anything else. */
const ENTITIES = /[&<>{}|`]/g

/** What starts emphasis, a link, strikethrough, a heading's end, mathematics or a directive. */
const PUNCTUATION = /[\\*_[\]~#$:]/g

/**
 * Data as inline text of CommonMark, of a GFM table cell, and of MDX: it is shown as it is, and means nothing there.
 * Control characters, line breaks, lone surrogates and direction marks are shown as `\u000a`. It is not for the start of a
 * paragraph, where a list or an import could begin.
 */
export function escapeText(text: string): string {
  return text
    .replace(PUNCTUATION, '\\$&')
    .replace(ENTITIES, (found) => `&#${found.charCodeAt(0)};`)
    .replace(/^ | $/g, '&#32;')
    .replace(INVISIBLE, (found) => `\\\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/** As code where nothing in the text could end it or the table cell around it, else as escaped text. */
export function codeSpan(text: string): string {
  return /^[^\s`|\\](?:[^`|\\]*[^\s`|\\])?$/.test(text) && text.search(INVISIBLE) === -1
    ? `\`${text}\``
    : escapeText(text)
}

/** Lines as a fenced block, verbatim: the fence is longer than any run of backticks within. */
export function fenced(language: string, lines: readonly string[]): string {
  const text = lines.join('\n')
  const longest = Math.max(2, ...(text.match(/`+/g) ?? []).map((run) => run.length))
  const fence = '`'.repeat(longest + 1)
  return `${fence}${language}\n${text}\n${fence}`
}

/** A table; the cells are Markdown already. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n')
}

export function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

/** Data as a double-quoted YAML scalar: JSON, with everything escaped that YAML does not count as printable. */
export function yamlText(text: string): string {
  return JSON.stringify(text).replace(
    /[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]|[\p{Zl}\p{Zp}\p{Bidi_Control}\ufeff]/gu,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
