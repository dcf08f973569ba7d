/** A store with every kind of collection: a list with lists inside, a keyed map, a singleton, and a plain value. */
export function shop(orders: number, more: Record<string, unknown> = {}): Record<string, unknown> {
  return {
    orders: Array.from({ length: orders }, (_, i) => order(i)),
    customers: Object.fromEntries(
      Array.from({ length: 20 }, (_, i) => [`c${i}`, { name: `Ada ${i} ✓`, vip: i % 3 === 0 }]),
    ),
    settings: { theme: 'dark', retries: 3, nested: { list: [1, 'two', null] } },
    tags: ['a', 'b\tc', '\\.'],
    ...more,
  }
}

function order(i: number): Record<string, unknown> {
  return {
    id: i + 1,
    customer: `c${i % 20}`,
    placedAt: new Date(Date.UTC(2024, 0, 1) + i * 61_000).toISOString(),
    total: i / 8,
    note: i % 5 === 0 ? null : `order ${i}: "tab\t", line\nbreak, ünï ${'x'.repeat(i % 200)}`,
    ...(i % 7 === 0 ? { odd: { depth: [i, { deeper: true }] } } : {}),
    lines: Array.from({ length: i % 3 }, (_, n) => ({ sku: `s${n}`, quantity: n + 1 })),
  }
}
