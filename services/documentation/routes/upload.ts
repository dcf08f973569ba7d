import type { MultipartFile } from '@fastify/multipart'
import type { FastifyRequest } from 'fastify'
import { type FieldError, invalid, Refusal } from '../../web/refusal.ts'
import type { Stored } from '../file.ts'
import type { UploadFolder } from '../upload-folder.ts'

/** Bytes that a file may have. */
export const MOST_BYTES = 10 * 1024 * 1024

const TOO_LARGE = new Refusal(413, 'file must have at most 10 MB')

/**
 * Receives the one part that an upload has, `file`. Throws 400 for anything else in the form, 413 for more than 10 MB, 415
 * for a body that is no form; then no bytes are left.
 */
export async function receiveUpload(request: FastifyRequest, folder: UploadFolder): Promise<Stored> {
  if (!request.isMultipart()) throw new Refusal(415, 'The body must be multipart/form-data with a part "file"')
  const errors: FieldError[] = []
  let stored: Stored | undefined
  try {
    for await (const part of request.parts()) {
      const error = part.type === 'file' ? nameError(part) : undefined
      if (part.type === 'field') errors.push({ field: part.fieldname, message: 'is not a file, or not a known field' })
      else if (part.fieldname === 'file' && stored === undefined && error === undefined)
        stored = await folder.receive(part.file, part.filename)
      else {
        part.file.resume()
        errors.push(error ?? { field: part.fieldname, message: 'is not a known field, or given twice' })
      }
    }
  } catch (error) {
    if (stored !== undefined) await folder.remove(stored.storedName)
    throw isTooLarge(error) ? TOO_LARGE : error
  }
  if (stored !== undefined && errors.length === 0) return stored
  if (stored !== undefined) await folder.remove(stored.storedName)
  throw invalid(errors.length > 0 ? errors : [{ field: 'file', message: 'is required' }])
}

/** A name goes into a record and comes back in a header: it must be text that every side can hold. */
function nameError({ fieldname, filename }: MultipartFile): FieldError | undefined {
  if (filename === undefined || filename === '') return { field: fieldname, message: 'must have a file name' }
  if (filename.length > 255) return { field: fieldname, message: 'must have a file name of at most 255 characters' }
  if (filename.includes('\0') || !filename.isWellFormed())
    return { field: fieldname, message: 'must have a file name of well-formed text' }
}

function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'FST_REQ_FILE_TOO_LARGE'
}
