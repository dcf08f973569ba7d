import { codeSpan } from './markdown.ts'
import { count, shellWord, thousands } from './migration-text.ts'
import type { PageData } from './page-text.ts'
import type { Run } from './runs.ts'

interface Item {
  /** True only for what a machine has checked; what a person must judge starts unticked. */
  done: boolean
  text: string
}

/** Before, during and after, as task lists. */
export function checklist(data: PageData): string {
  const parts: [string, Item[]][] = [
    ['Before', before(data.run)],
    ['During', during(data.run)],
    ['After', after(data)],
  ]
  return parts.map(([title, items]) => `### ${title}\n\n${items.map(line).join('\n')}`).join('\n\n')
}

/**
 * The fresh page with the ticks that a person has set on the page as it stands: an item of the same words stays ticked.
 * Everything else is that of the fresh page.
 */
export function keepTicks(standing: string, fresh: string): string {
  const ticked = new Set(
    standing
      .split(/\r?\n/)
      .filter((text) => /^- \[[xX]\] /.test(text))
      .map(wordsOf),
  )
  return fresh
    .split('\n')
    .map((text) => (text.startsWith('- [ ] ') && ticked.has(wordsOf(text)) ? `- [x] ${wordsOf(text)}` : text))
    .join('\n')
}

function wordsOf(item: string): string {
  return item.slice('- [ ] '.length).trimEnd()
}

function line({ done, text }: Item): string {
  return `- [${done ? 'x' : ' '}] ${text}`
}

function before(run: Run): Item[] {
  return [
    { done: run.backupBefore !== null, text: 'A backup of the source was taken, and verified by reading it back.' },
    { done: true, text: `The plan followed is on record: SHA-256 ${codeSpan(run.planSha256)}.` },
    { done: false, text: 'The owner has read the plan and agrees with it.' },
    { done: false, text: 'Those who use the store know of the migration.' },
  ]
}

function during(run: Run): Item[] {
  const { collections, verification } = run.figures
  const quarantined = collections.reduce((sum, collection) => sum + collection.quarantined, 0)
  const addUp = collections.every(({ records, rows, quarantined: aside }) => records === rows + aside)
  const compared = `Before commit, ${count(verification.records, 'record')} were read back and compared: ${mismatches(verification.mismatches)}.`
  return [
    { done: run.source !== null, text: 'The source was the same file after the load as before it, by SHA-256.' },
    { done: addUp, text: 'The counters add up: records = rows + quarantined, in every collection.' },
    { done: verification.mismatches === 0, text: compared },
    { done: true, text: `Data and record were committed in one transaction, ${codeSpan(run.xid)}.` },
    quarantined === 0
      ? { done: true, text: 'No record was quarantined.' }
      : { done: false, text: `The ${count(quarantined, 'quarantined record')} have been looked at, one by one.` },
  ]
}

function after({ run, undone }: PageData): Item[] {
  const items = [
    { done: run.backupAfter !== null, text: 'A backup of the store in PostgreSQL was taken.' },
    { done: false, text: `A later comparison found no difference: ${codeSpan(compareCommand(run))}.` },
    { done: false, text: 'The application has been tried on PostgreSQL by someone who uses it.' },
    { done: false, text: 'The rollback has been rehearsed, and its commands are at hand.' },
    { done: false, text: 'The backups are also kept on another machine.' },
  ]
  return undone === undefined
    ? items
    : [...items, { done: true, text: `The run was rolled back by run ${codeSpan(undone.run)}.` }]
}

function compareCommand(run: Run): string {
  return `outgrow verify ${shellWord(run.store)} --against ${run.source === null ? 'STORE' : shellWord(run.source.path)}`
}

function mismatches(n: number): string {
  return n === 1 ? '1 mismatch' : `${thousands(n)} mismatches`
}
