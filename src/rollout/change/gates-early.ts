import { gate } from './gate.ts'
import type { Gate } from './gate-sight.ts'
import { isGateFailure, tablesFit } from './tables-fit.ts'
import { unencodable } from './unencodable.ts'

const name = (sight: Parameters<Gate>[0]): string => sight.parts.name

const ownerHeld: Gate = ({ file }) => ({
  ...gate('owner', 'this process is the only one that may write the file', 'the owner lock is held', ''),
  ok: true,
  value: `process ${file.owner.pid} on ${file.owner.host}, since ${file.owner.since}`,
})

export const fileUntouched: Gate = ({ file }) => ({
  ...gate(
    'file',
    'nobody else wrote the file',
    'no foreign write',
    'Find the other writer, stop it, and start the service again.',
  ),
  ok: file.store.conflict === undefined,
  value: file.store.conflict === undefined ? 'none' : `${file.store.conflict.records.length} records differ`,
})

const migrated: Gate = async (sight) => {
  const fit = await tablesFit(sight)
  return {
    ...gate(
      'tables',
      'the tables are there, and of the plan that the service uses',
      'the same plan',
      `outgrow migrate ${sight.file.owner.path} --name ${name(sight)} --plan PLAN`,
    ),
    ok: !isGateFailure(fit),
    value: isGateFailure(fit) ? fit.why : 'as planned',
  }
}

const encodes: Gate = (sight) => {
  const refused = unencodable(sight)
  return {
    ...gate(
      'encodes',
      'every record of the file fits the tables, or their aside',
      'all',
      'Widen the plan: outgrow plan, then migrate again.',
    ),
    ok: refused.count === 0,
    value: refused.count === 0 ? `${refused.records} records` : `${refused.count} do not, first ${refused.first}`,
  }
}

const backup: Gate = (sight) => {
  const { newestBackup, thresholds } = sight
  return {
    ...gate(
      'backup',
      'a backup of the store is at hand',
      `younger than ${thresholds.backupAge} s`,
      `outgrow backup create ${name(sight)} --store ${sight.file.owner.path}`,
    ),
    ok: newestBackup !== undefined && newestBackup.age <= thresholds.backupAge,
    value: newestBackup?.path ?? 'none',
    ...(newestBackup && { age: newestBackup.age }),
  }
}

const disk: Gate = ({ disk, thresholds }) => ({
  ...gate('disk', 'the disk of the file has room', `${thresholds.diskFactor} × the file`, disk.fix),
  ok: disk.ok,
  value: disk.found,
})

const target: Gate = ({ targetProblems }) => ({
  ...gate(
    'target',
    'the PostgreSQL server is fit',
    'no error of outgrow doctor',
    targetProblems.map((one) => one.fix).join(' '),
  ),
  ok: targetProblems.length === 0,
  value: targetProblems.length === 0 ? 'fit' : targetProblems.map((one) => `${one.id}: ${one.found}`).join('; '),
})

const backfilled: Gate = ({ file }) => ({
  ...gate('backfill', 'every key was given to the relay once', 'done', 'Wait for it to end; it goes on by itself.'),
  ok: !file.backfilling,
  value: file.backfilling ? 'under way' : 'done',
})

const calm: Gate = ({ parts, file, thresholds }) => {
  const age = parts.calm.seconds()
  return {
    ...gate(
      'calm',
      'PostgreSQL has kept up with the file',
      `no dirty key for longer than a push takes, for ${thresholds.calm} s`,
      'Wait; if keys stay dirty, look at the log of the service.',
    ),
    ok: age >= thresholds.calm,
    value: `${file.log.size} dirty keys, kept up for ${Math.floor(age)} s`,
  }
}

export const noDeadLetters: Gate = (sight) => ({
  ...gate(
    'dead-letters',
    'PostgreSQL took every record',
    '0 refused',
    `Mend the records that outgrow stage ${name(sight)} lists; each is tried again when it is written.`,
  ),
  ok: sight.deadLetters.count === 0,
  value: `${sight.deadLetters.count} refused${sight.deadLetters.letters[0] ? `, first ${sight.deadLetters.letters[0].collection} ${sight.deadLetters.letters[0].key}` : ''}`,
})

/** Also asked for later: a repair outdates it, and so does whatever filled the mirror anew. */
export const verified: Gate = (sight) => {
  const { evidence, thresholds } = sight
  const { verification, repair, backfill } = evidence
  const outdated = [repair, backfill].some((one) => one && verification && one.age < verification.age)
  const differences = Number(verification?.figures.differences ?? 0)
  return {
    ...gate(
      'verification',
      'all records of both sides were compared since the last backfill or repair',
      `0 differences, within ${thresholds.verificationAge} s`,
      `outgrow stage ${name(sight)} --verify`,
    ),
    ok: verification !== undefined && !outdated && differences === 0 && verification.age <= thresholds.verificationAge,
    value:
      verification === undefined
        ? 'never'
        : outdated
          ? 'outdated'
          : `${verification.figures.records} records, ${differences} differences`,
    ...(verification && { age: verification.age }),
  }
}

export const EARLY_GATES = {
  dualwrite: [ownerHeld, fileUntouched, migrated, encodes, backup, disk, target],
  shadow: [fileUntouched, backfilled, calm, noDeadLetters, verified],
}
