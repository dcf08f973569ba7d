import { printable } from './printable.ts'

export interface Heading {
  title: string
  /** Figures stand on the right. */
  right?: boolean
}

/** An aligned table, two spaces between columns, a rule below the titles; each line without blanks at its end. */
export function table(headings: readonly (Heading | string)[], rows: readonly (readonly string[])[]): string {
  const columns = headings.map((one) => (typeof one === 'string' ? { title: one } : one))
  const cells = rows.map((row) => row.map(printable))
  const widths = columns.map(({ title }, at) => Math.max(widthOf(title), ...cells.map((row) => widthOf(row[at] ?? ''))))
  const line = (row: readonly string[]): string =>
    widths
      .map((width, at) => padded(row[at] ?? '', width, columns[at]?.right === true))
      .join('  ')
      .trimEnd()
  return [
    line(columns.map(({ title }) => title)),
    line(widths.map((width) => '-'.repeat(width))),
    ...cells.map(line),
  ].join('\n')
}

/** Lines of `label  value`, the values aligned. */
export function facts(pairs: readonly (readonly [label: string, value: string])[]): string {
  const width = Math.max(...pairs.map(([label]) => widthOf(label)))
  return pairs.map(([label, value]) => `${padded(label, width, false)}  ${printable(value)}`).join('\n')
}

function padded(text: string, width: number, right: boolean): string {
  const blanks = ' '.repeat(Math.max(0, width - widthOf(text)))
  return right ? blanks + text : text + blanks
}

/** Characters that a terminal shows: accents that combine take no place of their own. */
function widthOf(text: string): number {
  return [...text.replace(/\p{Mn}/gu, '')].length
}
