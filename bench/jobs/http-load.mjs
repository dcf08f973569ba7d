// node http-load.mjs '{"url","operation","clients","seconds","records"}': so many clients at once do one thing to the Idea
// Bank; prints {answers, errors, seconds, p50, p95, p99}, latencies in milliseconds.
import autocannon from 'autocannon'

const { url, operation, clients, seconds, records } = JSON.parse(process.argv[2])
const headers = { 'content-type': 'application/json' }
const any = () => 1 + Math.floor(Math.random() * records)
const idea = {
  title: 'Medido',
  description: 'Feito por uma medição.',
  category: 'dashboard',
  priority: 'low',
  tags: ['a'],
}
const requests = {
  list: { method: 'GET', path: '/api/items?limit=50' },
  get: { method: 'GET', setupRequest: (request) => ({ ...request, path: `/api/items/${any()}` }) },
  update: {
    method: 'PUT',
    headers,
    body: JSON.stringify({ status: 'review' }),
    setupRequest: (request) => ({ ...request, path: `/api/items/${any()}` }),
  },
  insert: { method: 'POST', path: '/api/items', headers, body: JSON.stringify(idea) },
}

const times = []
let refused = 0
const begin = performance.now()
let last = begin
const run = autocannon({ url, connections: clients, duration: seconds, requests: [requests[operation]] })
run.on('response', (_client, status, _bytes, milliseconds) => {
  last = performance.now()
  if (status >= 200 && status < 300) times.push(milliseconds)
  else refused++
})
const { errors, timeouts } = await run
times.sort((a, b) => a - b)
const at = (share) => times[Math.min(times.length - 1, Math.floor(times.length * share))] ?? null
const figures = { answers: times.length, errors: errors + timeouts + refused, seconds: (last - begin) / 1000 }
process.stdout.write(JSON.stringify({ ...figures, p50: at(0.5), p95: at(0.95), p99: at(0.99) }))
