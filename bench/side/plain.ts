import pg from 'pg'
import type { Contender } from './contender.ts'
import { idea } from './ideas.ts'

const COLUMNS = 'id, title, body, status, votes, score, open, created_at as "createdAt"'

/** A service that someone wrote with `pg` alone. */
export function plainPg(url: string, sessions: number): Contender {
  const pool = new pg.Pool({ connectionString: url, max: sessions })
  // A server that stops ends idle sessions.
  pool.on('error', () => {})
  const rowsOf = async (text: string, values: unknown[] = []) => (await pool.query(text, values)).rows.map(jsonOf)
  return {
    name: 'plain pg',
    get: async (id) => (await rowsOf(`select ${COLUMNS} from plain.ideas where id = $1`, [id]))[0],
    list: () => rowsOf(`select ${COLUMNS} from plain.ideas order by created_at desc, id limit 50`),
    page: (n) => rowsOf(`select ${COLUMNS} from plain.ideas order by id limit 50 offset $1`, [n]),
    insert: async (id, n) => (await insert(pool, id, n)).rows[0],
    update: async (id) => (await addVote(pool, id)).rows.map(jsonOf)[0],
    transact: (id) => lockedUpdate(pool, id),
    end: () => pool.end(),
  }
}

function insert(sql: pg.Pool, id: string, n: number): Promise<pg.QueryResult> {
  const { title, body, status, votes, score, open, createdAt } = idea(id, n)
  return sql.query(
    `insert into plain.ideas (id, title, body, status, votes, score, open, created_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [id, title, body, status, votes, score, open, createdAt],
  )
}

function addVote(sql: pg.Pool, id: string): Promise<pg.QueryResult> {
  return sql.query(`update plain.ideas set votes = votes + 1 where id = $1 returning ${COLUMNS}`, [id])
}

async function lockedUpdate(pool: pg.Pool, id: string): Promise<unknown> {
  const client = await pool.connect()
  try {
    await client.query('begin')
    const { rows } = await client.query(`select ${COLUMNS} from plain.ideas where id = $1 for update`, [id])
    const next = { ...jsonOf(rows[0]), votes: Number(rows[0].votes) + 1 }
    await client.query('update plain.ideas set votes = $2 where id = $1', [id, next.votes])
    await client.query('commit')
    return next
  } catch (error) {
    await client.query('rollback')
    throw error
  } finally {
    client.release()
  }
}

/** What the service would answer with: bigint comes as text, an instant as a Date. */
function jsonOf(row: Record<string, unknown>): Record<string, unknown> {
  return { ...row, votes: Number(row.votes), createdAt: (row.createdAt as Date).toISOString() }
}
