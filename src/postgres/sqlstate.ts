import { OutgrowError } from '../errors.ts'

/** SQLSTATEs by the names of PostgreSQL's appendix A; only those that outgrow tells apart. */
export const SQLSTATE = {
  protocol_violation: '08P01',
  feature_not_supported: '0A000',
  invalid_parameter_value: '22023',
  invalid_text_representation: '22P02',
  bad_copy_file_format: '22P04',
  unique_violation: '23505',
  foreign_key_violation: '23503',
  not_null_violation: '23502',
  check_violation: '23514',
  in_failed_sql_transaction: '25P02',
  idle_in_transaction_session_timeout: '25P03',
  transaction_timeout: '25P04',
  invalid_authorization_specification: '28000',
  invalid_password: '28P01',
  invalid_sql_statement_name: '26000',
  invalid_catalog_name: '3D000',
  invalid_schema_name: '3F000',
  serialization_failure: '40001',
  deadlock_detected: '40P01',
  insufficient_privilege: '42501',
  duplicate_database: '42P04',
  duplicate_schema: '42P06',
  dependent_objects_still_exist: '2BP01',
  duplicate_table: '42P07',
  undefined_table: '42P01',
  undefined_object: '42704',
  disk_full: '53100',
  too_many_connections: '53300',
  lock_not_available: '55P03',
  query_canceled: '57014',
  admin_shutdown: '57P01',
  crash_shutdown: '57P02',
  cannot_connect_now: '57P03',
  database_dropped: '57P04',
  idle_session_timeout: '57P05',
} as const

/** The SQLSTATE of an error that the server raised, looking through `cause`; undefined for any other error. */
export function sqlState(error: unknown): string | undefined {
  if (!(error instanceof Error)) return undefined
  if ('severity' in error && 'code' in error && typeof error.code === 'string') return error.code
  return sqlState(error.cause)
}

/**
 * True when a prepared statement is not there any more (the session was reset by someone else), or is older than the table
 * that it reads. Nothing of it was done; prepared anew it goes well.
 */
export function isOutdated(error: unknown): boolean {
  const state = sqlState(error)
  if (state === SQLSTATE.invalid_sql_statement_name) return true
  return state === SQLSTATE.feature_not_supported && routineOf(error) === 'RevalidateCachedQuery'
}

/** The function of the server that raised it, whose name no language setting translates. */
function routineOf(error: unknown): unknown {
  if (!(error instanceof Error)) return undefined
  return 'routine' in error ? error.routine : routineOf(error.cause)
}

/** States after which the server has closed the session. */
const ENDS_SESSION: ReadonlySet<string> = new Set([
  SQLSTATE.idle_in_transaction_session_timeout,
  SQLSTATE.transaction_timeout,
  SQLSTATE.admin_shutdown,
  SQLSTATE.crash_shutdown,
  SQLSTATE.cannot_connect_now,
  SQLSTATE.database_dropped,
  SQLSTATE.idle_session_timeout,
])

/** What the operating system says of a socket whose other end is gone or was never there. */
const SOCKET_CODES: ReadonlySet<unknown> = new Set([
  'ECONNRESET',
  'ECONNREFUSED',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'ENOTFOUND',
  'EAI_AGAIN',
  'ERR_STREAM_DESTROYED',
])

/** The driver gives these no code; the words are those of pg 8. */
const DRIVER_MESSAGES: ReadonlySet<string> = new Set([
  'Connection terminated',
  'Connection terminated unexpectedly',
  'Client has encountered a connection error and is not queryable',
  'Client was closed and is not queryable',
  'Query read timeout',
  'timeout expired',
])

/**
 * True when the error means that the session is gone, or cannot be trusted to answer again: whatever was in flight may
 * or may not have happened. False for every error that leaves the session usable, and for an OutgrowError: whoever threw it
 * has judged already.
 */
export function isConnectionLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof OutgrowError) return false
  const state = sqlState(error)
  if (state !== undefined) return ENDS_SESSION.has(state) || (state.startsWith('08') && state !== '08P01')
  if ('code' in error && SOCKET_CODES.has(error.code)) return true
  return DRIVER_MESSAGES.has(error.message)
}
