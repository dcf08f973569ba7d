import { afterEach, expect, test } from 'vitest'
import { type Bank, openBank } from './bank.ts'
import { seeds } from './results.ts'
import type { Service } from './service.ts'
import { expectKept, type Run, readiness, underLoad } from './under-load.ts'

let bank: Bank | undefined
afterEach(() => bank?.close())

const POINTS = [
  ...(['hold', 'drain', 'verify', 'intend', 'swap', 'remember', 'recheck', 'release'] as const).map(
    (step) => ['live', step] as const,
  ),
  ...(['arrange', 'intend', 'swap', 'remember'] as const).map((step) => ['shadow', step] as const),
]

test.each(seeds())(
  'the owner is killed after each step of a cutover, there and back, under load (seed %i)',
  async (seed) => {
    const run: Run = { scenario: 'owner killed in a cutover', seed, unavailable: true }
    // A third of them for each seed: three rounds come to all.
    const points = POINTS.filter((_, at) => at % 3 === seed % 3)
    const opened = await openBank({ stage: 'shadow' })
    bank = opened
    let dying = await opened.start({ failpoint: `change-${points[0]?.join('-')}` })
    const judged = await underLoad(opened, run, async ({ progress, fault }) => {
      for (const [at, [to]] of points.entries()) {
        await changeUntilDead(opened, dying, to)
        fault()
        const next = points[at + 1]
        dying = await opened.start(next && { failpoint: `change-${next.join('-')}` })
        // Which of the two it is depends on the step; that it is one of them, whole, is what the clients will find.
        expect(['shadow', 'live']).toContain((await readiness(opened.url)).stage)
        await progress(5)
      }
    })
    await expectKept(run, judged)
  },
)

/** Asks for the change again and again, going back where it is made already, until the process has died of it. */
async function changeUntilDead({ ask, url, lab, verify }: Bank, dying: Service, to: 'live' | 'shadow'): Promise<void> {
  let dead = false
  const death = dying.ended.then(() => {
    dead = true
  })
  await Promise.race([verify(), death])
  while (!dead) {
    const stage = await readiness(url).then(
      (found) => found.stage,
      () => undefined,
    )
    if (stage === undefined) continue
    const other = to === 'live' ? 'shadow' : 'live'
    const asked = ask(stage === to ? other : to).catch((error: Error) => error)
    await Promise.race([asked, death])
  }
  // What nobody answered is not to be carried out by who comes next.
  const answer = JSON.stringify({ error: { code: 'unavailable', message: 'the owner was killed' } })
  await lab.query(
    'update outgrow.stage_request set answered_at = clock_timestamp(), answer = $1 where answered_at is null',
    [answer],
  )
}
