import { changeStage, commitChange, settle } from './change.ts'
import { comeAndGo, crash, restart } from './faults.ts'
import { takeWrite, writeFile } from './file-write.ts'
import { commitPush, push } from './push.ts'
import { writeRowAsOther, writeRowAsOwner } from './row-write.ts'
import type { Rule } from './step.ts'

/** Everything that can happen. */
export const RULES: readonly Rule[] = [
  takeWrite,
  writeFile,
  writeRowAsOwner,
  writeRowAsOther,
  push,
  commitPush,
  changeStage,
  commitChange,
  settle,
  crash,
  restart,
  comeAndGo,
]
