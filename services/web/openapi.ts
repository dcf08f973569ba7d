import swagger from '@fastify/swagger'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform } from 'fastify-type-provider-zod'
import { docsPage } from './docs-page.ts'

export interface ServiceInfo {
  /** As in logs and health checks: `idea-bank`. */
  name: string
  title: string
  description: string
}

/** The OpenAPI document, made from the routes' own schemas, at `/docs/json`, and as a page to read at `/docs`. */
export async function openApi(app: FastifyInstance, { title, description }: ServiceInfo): Promise<void> {
  await app.register(swagger, {
    openapi: { openapi: '3.1.0', info: { title, description, version: '1.0.0' } },
    transform: jsonSchemaTransform,
  })
  app.get('/docs/json', { schema: { hide: true } }, async () => app.swagger())
  app.get('/docs', { schema: { hide: true } }, async (_, reply) =>
    reply
      .type('text/html; charset=utf-8')
      .header('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'")
      .send(docsPage(app.swagger())),
  )
}
