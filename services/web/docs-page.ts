/** What the page shows of an OpenAPI document. */
interface Described {
  info: { title: string; description?: string }
  paths?: Record<string, Record<string, unknown> | undefined>
}

/** The OpenAPI document as one page without scripts: each operation with its parameters, body and answers. */
export function docsPage(given: object): string {
  const { info, paths = {} } = given as Described
  const operations = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods ?? {}).map(([method, operation]) => operationHtml(method, path, operation)),
  )
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escaped(info.title)}</title>
<style>body{font:16px/1.5 system-ui;max-width:60rem;margin:2rem auto;padding:0 1rem}pre{overflow:auto;background:#8881;padding:1rem}summary{cursor:pointer;font-family:monospace}</style>
<h1>${escaped(info.title)}</h1>
<p>${escaped(info.description ?? '')}</p>
<p>The same for machines: /docs/json (OpenAPI 3.1).</p>
${operations.join('\n')}
</html>
`
}

function operationHtml(method: string, path: string, operation: unknown): string {
  const { summary } = operation as { summary?: string }
  const head = `${method.toUpperCase()} ${path}${summary === undefined ? '' : ` · ${summary}`}`
  return `<details><summary>${escaped(head)}</summary><pre>${escaped(JSON.stringify(operation, null, 2))}</pre></details>`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (one) => `&#${one.charCodeAt(0)};`)
}
