import pg from 'pg'

type Parse = (text: string) => unknown

const itself: Parse = (text) => text

/** Reads what `DateStyle ISO` and `TimeZone UTC` print; infinities become an invalid Date. */
const instant: Parse = (text) => new Date(`${text.slice(0, 10)}T${text.slice(11).replace('+00', 'Z')}`)

/**
 * How values arrive from our queries, by type oid. They are fixed here because the driver's own table is global and the
 * application around us may have changed it. What JavaScript numbers cannot hold stays text.
 */
const PARSERS: ReadonlyMap<number, Parse> = new Map<number, Parse>([
  [16, (text) => text === 't'],
  [20, itself], // bigint
  [21, Number],
  [23, Number],
  [26, Number],
  [700, Number],
  [701, Number],
  [114, (text) => JSON.parse(text)],
  [3802, (text) => JSON.parse(text)],
  [1700, itself], // numeric
  [1082, itself], // date
  [1114, itself], // timestamp without time zone
  [1184, instant],
])

/** The `types` of a pg client: our parsers first, the driver's for the rest (arrays, bytea). */
export const types: pg.CustomTypesConfig = {
  getTypeParser: (oid: number, format?: 'text' | 'binary') =>
    (format !== 'binary' && PARSERS.get(oid)) || pg.types.getTypeParser(oid, format),
}
