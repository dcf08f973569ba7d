/** Where a service keeps its records: plain LowDB, the staged store, or PostgreSQL alone. */
export const STRATEGIES = ['lowdb', 'staged', 'postgres'] as const
export type Strategy = (typeof STRATEGIES)[number]
