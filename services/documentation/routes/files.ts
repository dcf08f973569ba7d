import multipart from '@fastify/multipart'
import contentDisposition from 'content-disposition'
import type { FastifyInstance, FastifySchemaCompiler } from 'fastify'
import { isOutgrowError, type JsonRecord } from 'outgrow/store'
import { z } from 'zod'
import { dataAnswer, failures, missing, writeRefused, writtenAnswer } from '../../web/answer-shapes.ts'
import { found } from '../../web/record-routes.ts'
import { notFound } from '../../web/refusal.ts'
import { tellAnswered, writeOptions } from '../../web/retries.ts'
import { validatorCompiler } from '../../web/validation.ts'
import type { Web } from '../../web/web.ts'
import { fileOf, fileRecord, fileShape, type Stored } from '../file.ts'
import { NotedWork } from '../noted.ts'
import type { Parts } from '../parts.ts'
import { headerName, mediaType } from './download.ts'
import { MOST_BYTES, receiveUpload } from './upload.ts'

const byId = z.object({ id: z.string() })

/** Uploads to an idea, and what was uploaded. */
export async function fileRoutes(app: Web, parts: Parts): Promise<void> {
  const limits = { fileSize: MOST_BYTES, files: 3, fields: 10, parts: 12 }
  await (app as unknown as FastifyInstance).register(multipart, { limits })
  uploadRoute(app, parts)
  downloadRoute(app, parts)
  removeRoute(app, parts)
}

function uploadRoute(app: Web, { store, folder, actorOf, clock, failpoint, bytesGone }: Parts): void {
  const schema = {
    summary: 'Upload a file to an item, up to 10 MB',
    consumes: ['multipart/form-data'],
    params: byId,
    body: z.object({ file: z.string().meta({ format: 'binary' }) }),
    response: { 201: dataAnswer(fileShape), ...missing, ...writeRefused, 415: writeRefused[413] },
  }
  // The form is read by the handler, as it comes in: there is no body yet that could be checked.
  const compile: FastifySchemaCompiler<unknown> = (part) =>
    part.httpPart === 'body' ? () => ({ value: undefined }) : validatorCompiler(part as never)
  app.post('/api/items/:id/files', { schema, validatorCompiler: compile }, async (request, reply) => {
    const actor = actorOf(request)
    writeOptions(request, '')
    const { id } = request.params
    const stored = await receiveUpload(request, folder)
    failpoint('bytes-without-record')
    const keep = async (): Promise<JsonRecord | undefined> =>
      store.transaction(
        async (work) => {
          if ((await work.get('ideas', id)) === undefined) return undefined
          const now = clock().toISOString()
          return new NotedWork(work, actor).create('files', (fileId) => fileRecord(fileId, id, stored, now))
        },
        writeOptions(request, contentOf(stored)),
      )
    const record = await keep().catch(async (error: unknown) => {
      // Whether it was committed is not known: the sweep decides by the records. Anything else has left no record.
      if (isRefused(error)) await bytesGone([stored.storedName])
      throw error
    })
    // A retry is answered with the first upload's record.
    if (record?.stored_name !== stored.storedName) await bytesGone([stored.storedName])
    const data = fileOf(found('Item', id, record))
    return reply.code(201).send({ success: true, message: 'File uploaded successfully', data })
  })
}

/** What an upload's idempotency key stands for, beside method and path: the bytes under their name. */
function contentOf({ sha256, originalName }: Stored): string {
  return JSON.stringify([sha256, originalName])
}

function isRefused(error: unknown): boolean {
  return isOutgrowError(error, 'conflict', 'refused')
}

function downloadRoute(app: Web, { store, folder }: Parts): void {
  const schema = {
    summary: 'Download a file',
    params: byId,
    response: { 200: z.string().meta({ format: 'binary' }), ...missing, ...failures },
  }
  app.get('/api/files/:id/download', { schema }, async ({ params: { id } }, reply) => {
    const answer = {}
    const record = found('File', id, await store.get('files', id, { answer }))
    tellAnswered(reply, answer)
    const bytes = await folder.open(String(record.stored_name))
    if (bytes === undefined) throw notFound(`The bytes of file ${id} are not in the upload folder`)
    if (typeof record.sha256 === 'string') reply.header('etag', `"${record.sha256}"`)
    return reply
      .header('content-disposition', contentDisposition(headerName(record.original_name)))
      .header('content-length', bytes.size)
      .header('content-security-policy', "default-src 'none'; sandbox")
      .header('x-content-type-options', 'nosniff')
      .header('cache-control', 'private, no-cache')
      .type(mediaType(record.mime_type))
      .send(bytes.handle.createReadStream())
  })
}

function removeRoute(app: Web, { store, actorOf, bytesGone }: Parts): void {
  const response = { 200: writtenAnswer(fileShape), ...missing, ...writeRefused }
  app.delete('/api/files/:id', { schema: { summary: 'Delete a file', params: byId, response } }, async (request) => {
    const { id } = request.params
    const actor = actorOf(request)
    const gone = await store.transaction(
      (work) => new NotedWork(work, actor).remove('files', id),
      writeOptions(request),
    )
    const record = found('File', id, gone)
    await bytesGone([String(record.stored_name)])
    return { success: true, message: 'File deleted successfully', data: fileOf(record) }
  })
}
