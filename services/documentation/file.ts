import type { JsonRecord } from 'outgrow/store'
import { z } from 'zod'

/** The members of a file as it is answered, with those of its record. */
const MEMBERS = {
  id: 'id',
  ideaId: 'idea_id',
  originalName: 'original_name',
  storedName: 'stored_name',
  size: 'size',
  mimeType: 'mime_type',
  url: 'url',
  uploadedAt: 'uploaded_at',
} as const

/** The order in which the change log tells the members of a file's record. */
export const RECORD_MEMBERS = [...Object.values(MEMBERS).slice(0, 7), 'sha256', 'uploaded_at']

export const fileShape = z.looseObject({
  id: z.string(),
  ideaId: z.string(),
  originalName: z.string(),
  storedName: z.string(),
  size: z.int(),
  mimeType: z.string(),
  url: z.string(),
  uploadedAt: z.iso.datetime(),
})

/** Bytes that lie in the upload folder, and what is known of them. */
export interface Stored {
  storedName: string
  originalName: string
  size: number
  sha256: string
  mimeType: string
}

export function fileRecord(id: string, ideaId: string, stored: Stored, now: string): JsonRecord {
  return {
    id,
    idea_id: ideaId,
    original_name: stored.originalName,
    stored_name: stored.storedName,
    size: stored.size,
    mime_type: stored.mimeType,
    url: `/api/files/${id}/download`,
    sha256: stored.sha256,
    uploaded_at: now,
  }
}

/** What is answered: the members of the contract, as far as the record has them. The SHA-256 is the download's ETag. */
export function fileOf(record: JsonRecord): JsonRecord {
  const known = Object.entries(MEMBERS).flatMap(([member, name]) => {
    const value = record[name]
    return value === undefined ? [] : [[member, value] as const]
  })
  return Object.fromEntries(known)
}
