import { checkAudit } from '../../../src/journal/audit-check.ts'
import { connect } from '../../../src/postgres/connect.ts'
import { type Bank, STORE } from './bank.ts'

/** O7: the chain is whole, and there is one entry for each epoch that the store has come to. */
export async function auditProblems({ lab }: Bank): Promise<{ checked: number; problems: string[] }> {
  const connection = await connect(lab.context.url)
  try {
    const { entries, broken } = await checkAudit(connection)
    const [found] = await lab.query<{ epoch: string; changes: string }>(
      `select epoch, (select count(*) from outgrow.audit_log
          where store = $1::text and act in ('stage', 'break-glass') and outcome = 'done') as changes
         from outgrow.stage where name = $1::text`,
      [STORE],
    )
    const [epoch, changes] = [Number(found?.epoch), Number(found?.changes)]
    const missing = epoch - 1 === changes ? [] : [`${changes} changes of stage are on record, in epoch ${epoch}`]
    return { checked: entries, problems: [...(broken === undefined ? [] : [broken.problem]), ...missing] }
  } finally {
    await connection.end()
  }
}
