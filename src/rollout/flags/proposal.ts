import type { StageProposal } from '../store/api.ts'

/** What a client of any OpenFeature SDK can do, as far as it is needed here. */
export interface FlagClient {
  getNumberValue(flag: string, otherwise: number): Promise<number>
}

/** No flag has this value: it says that the flag service had nothing to say. */
const SILENCE = -1

/**
 * Lets a feature flag propose how many per cent of shadow's reads PostgreSQL answers. The stage row's `serve_new` stays the
 * upper bound, and nothing but the row moves the authority. A flag service that is down, does not know the flag, or has a
 * value that is no percentage, has no opinion.
 */
export function proposalFrom(client: FlagClient, flag: string): StageProposal {
  return {
    serveNew: async () => {
      const value = await client.getNumberValue(flag, SILENCE)
      return value >= 0 && value <= 100 ? value : undefined
    },
  }
}
