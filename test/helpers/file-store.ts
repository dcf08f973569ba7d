import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { FileStore, type FileStoreOptions } from '../../src/rollout/file/store.ts'

/** A folder for one test, with the path of a store in it and whatever stores were opened. */
export interface StoreFolder {
  folder: string
  path: string
  /** As FileStore.open; closed with the folder. */
  open(options: Omit<FileStoreOptions, 'path'> & { path?: string }): Promise<FileStore>
  remove(): Promise<void>
}

export async function storeFolder(): Promise<StoreFolder> {
  const folder = await mkdtemp(join(tmpdir(), 'outgrow-store-'))
  const path = join(folder, 'store.json')
  const opened: FileStore[] = []
  return {
    folder,
    path,
    open: async (options) => {
      const store = await FileStore.open({ path, ...options })
      opened.push(store)
      return store
    },
    remove: async () => {
      for (const store of opened) await store.close()
      await rm(folder, { recursive: true })
    },
  }
}

/** As LowDB writes it. */
export function pretty(value: unknown): string {
  return JSON.stringify(value, null, 2)
}
