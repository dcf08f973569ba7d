import { startEmbedded } from '../../src/postgres/embedded.ts'

/** A process of its own that uses the embedded server of argv[2], says its URL, and leaves it when stdin ends. */
async function main(dir: string): Promise<void> {
  const server = await startEmbedded({ dir, settings: { fsync: 'off' } })
  process.stdout.write(`${server.url}\n`)
  process.stdin.resume()
  await new Promise((resolve) => process.stdin.once('end', resolve))
  await server.stop()
}

void main(process.argv[2] ?? '')
