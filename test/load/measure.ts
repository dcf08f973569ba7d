import { readLogs } from './client-log.ts'
import { judge } from './judge.ts'
import { pollFile } from './poll-file.ts'
import { type Report, reportOf } from './report.ts'
import { allItems, type LoadOptions, runLoad } from './run-load.ts'

export interface MeasureOptions extends LoadOptions {
  /** The store's file, to be read all the while. */
  file?: string | undefined
  unavailable?: boolean
}

/** Runs the load, reads the file meanwhile, and judges what the clients saw against what the service has in the end. */
export async function measure(options: MeasureOptions): Promise<Report> {
  const { url, clients, seed, folder, file, unavailable = false } = options
  const ended = new AbortController()
  const polling = file === undefined ? undefined : pollFile(file, ended.signal)
  try {
    const { figures, seconds, before } = await runLoad(options)
    ended.abort()
    const [operations, after, polls] = [await readLogs(folder), await allItems(url), await polling]
    const oracles = judge({ operations, before, after, unavailable, ...(polls !== undefined && { polls }) })
    return reportOf({ url, clients, seed, seconds, figures, oracles })
  } finally {
    ended.abort()
    await polling
  }
}
