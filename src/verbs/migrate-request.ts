/** What an operator asks for with `outgrow migrate`. */
export interface MigrateRequest {
  /** Path of the store. */
  file: string
  name: string
  /** Path of a plan that a person approved; without it the plan in force for these bytes, or a newly inferred one. */
  planFile?: string | undefined
  /** Who answers for the run. */
  owner: string
  /** Do everything, verification included, and roll it back. */
  dryRun: boolean
  /** Put records that the plan cannot take into quarantine instead of refusing the run. */
  quarantine: boolean
  duplicateKeys: 'refuse' | 'last'
}
