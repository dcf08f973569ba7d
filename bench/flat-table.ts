/** The table of the flat store, with the columns and types that outgrow itself chooses for it, for those who load ready-made rows. */
export const FLAT_TABLE = `create table records (
  id bigint primary key, name text, email text, created_at timestamptz, score double precision, active boolean,
  status text, note text)`

const MEMBER_OF: Record<string, string> = { created_at: 'createdAt' }

/** The member of a record that a column of the table above came from. */
export function flatMember(column: string): string {
  return MEMBER_OF[column] ?? column
}
