/** Waits for both whatever becomes of either, so that nobody is at work any more when an error is acted upon. */
export async function both(one: Promise<void>, other: Promise<void> | undefined): Promise<void> {
  for (const outcome of await Promise.allSettled([one, other])) if (outcome.status === 'rejected') throw outcome.reason
}
