import { type ErrorCode, OutgrowError } from '../errors.ts'
import { SQLSTATE, sqlState } from './sqlstate.ts'
import { hostOf, partsOf } from './url.ts'

interface Reason {
  code: ErrorCode
  what: string
  next: string
}

/** Why a session could not be opened, by SQLSTATE; the rest is a matter of the network. */
const BY_STATE: Readonly<Record<string, (user: string, database: string) => Reason>> = {
  [SQLSTATE.invalid_password]: (user) => login(user),
  [SQLSTATE.invalid_authorization_specification]: (user) => login(user),
  [SQLSTATE.invalid_catalog_name]: (_, database) => ({
    code: 'target-unreachable',
    what: `has no database "${database}"`,
    next: `Create it (createdb ${database}) or name another one in the URL.`,
  }),
  [SQLSTATE.too_many_connections]: () => ({
    code: 'target-unreachable',
    what: 'has no connection left',
    next: 'Raise max_connections, or end sessions that are no longer needed, and run again.',
  }),
  [SQLSTATE.cannot_connect_now]: () => ({
    code: 'target-unreachable',
    what: 'is starting up or shutting down',
    next: 'Wait until it accepts connections and run again.',
  }),
  [SQLSTATE.protocol_violation]: () => pooler(),
  [SQLSTATE.feature_not_supported]: () => pooler(),
  [SQLSTATE.undefined_object]: () => pooler(),
}

const login = (user: string): Reason => ({
  code: 'target-unreachable',
  what: `refuses the login of user "${user}"`,
  next: 'Check user and password in the URL, and pg_hba.conf on the server.',
})

const pooler = (): Reason => ({
  code: 'target-unsafe',
  what: 'does not accept the session settings that outgrow needs',
  next: 'Give the URL of PostgreSQL itself: poolers such as PgBouncer refuse or forget session settings.',
})

const network: Reason = {
  code: 'target-unreachable',
  what: 'cannot be reached',
  next: 'Check host and port in the URL and that PostgreSQL is running there (pg_isready).',
}

/** The error of opening a session as an OutgrowError: what refused, at which host and port, and the next step. */
export function connectError(url: string, error: unknown): OutgrowError {
  const { user, database } = partsOf(url)
  const reason = BY_STATE[sqlState(error) ?? '']?.(user, database) ?? network
  return new OutgrowError(reason.code, `PostgreSQL at ${hostOf(url)} ${reason.what}: ${detail(error)}`, {
    place: hostOf(url),
    next: reason.next,
    cause: error,
  })
}

/** An AggregateError (both addresses of a host tried) has no message of its own. */
function detail(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((each) => detail(each)).join('; ')
  return error instanceof Error ? error.message : String(error)
}
