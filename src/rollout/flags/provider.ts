import type { Store } from '../store/api.ts'
import type { StageStatus } from '../store/status.ts'

/** The flags that a store answers, `NAME.stage` and so on; their values are what is in force, not what is wished for. */
const FLAGS = {
  stage: (status: StageStatus) => status.stage,
  authority: (status: StageStatus) => status.authority,
  'postgres-is-authority': (status: StageStatus) => status.authority === 'postgres',
  epoch: (status: StageStatus) => status.epoch,
} as const satisfies Record<string, (status: StageStatus) => string | number | boolean>

type Resolution<T> =
  | { value: T; reason: 'STATIC' | 'DEFAULT' }
  | { value: T; reason: 'ERROR'; errorCode: never; errorMessage: string }

/**
 * An OpenFeature provider that answers from the stages of the stores given, so that code which asks a flag which side is in
 * force gets the truth of the stage row: `ideas.stage`, `ideas.authority`, `ideas.postgres-is-authority`, `ideas.epoch`. It
 * changes nothing. An unknown flag gets the caller's default and FLAG_NOT_FOUND, another type TYPE_MISMATCH.
 */
export class StageProvider {
  readonly metadata = { name: 'outgrow' }
  readonly runsOn = 'server'
  readonly #stores: ReadonlyMap<string, Pick<Store, 'status'>>

  constructor(stores: Iterable<Pick<Store, 'name' | 'status'>>) {
    this.#stores = new Map([...stores].map((store) => [store.name, store]))
  }

  resolveStringEvaluation(flag: string, otherwise: string): Promise<Resolution<string>> {
    return this.#resolve(flag, otherwise, 'string')
  }

  resolveNumberEvaluation(flag: string, otherwise: number): Promise<Resolution<number>> {
    return this.#resolve(flag, otherwise, 'number')
  }

  resolveBooleanEvaluation(flag: string, otherwise: boolean): Promise<Resolution<boolean>> {
    return this.#resolve(flag, otherwise, 'boolean')
  }

  async resolveObjectEvaluation<T>(flag: string, otherwise: T): Promise<Resolution<T>> {
    return failed(otherwise, 'TYPE_MISMATCH', `The flag "${flag}" is no object.`)
  }

  async #resolve<T>(flag: string, otherwise: T, type: 'string' | 'number' | 'boolean'): Promise<Resolution<T>> {
    const at = flag.lastIndexOf('.')
    const store = this.#stores.get(flag.slice(0, at))
    const read = at > 0 ? FLAGS[flag.slice(at + 1) as keyof typeof FLAGS] : undefined
    if (store === undefined || read === undefined)
      return failed(otherwise, 'FLAG_NOT_FOUND', `No store answers the flag "${flag}".`)
    const value: unknown = read(await store.status())
    if (typeof value !== type) return failed(otherwise, 'TYPE_MISMATCH', `The flag "${flag}" is no ${type}.`)
    return { value: value as T, reason: 'STATIC' }
  }
}

/** The SDK's error codes are an enum of its own, which equals these texts. */
function failed<T>(value: T, errorCode: string, errorMessage: string): Resolution<T> {
  return { value, reason: 'ERROR', errorCode: errorCode as never, errorMessage }
}
