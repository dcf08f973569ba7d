import type { ReadOptions } from 'outgrow/store'
import { stats } from '../../ideas/answer-shapes.ts'
import { itemRoutes } from '../../ideas/item-routes.ts'
import { dataAnswer, failures } from '../../web/answer-shapes.ts'
import type { Clock } from '../../web/record-routes.ts'
import { tellAnswered } from '../../web/retries.ts'
import type { Web } from '../../web/web.ts'
import type { IdeaStore } from '../store.ts'

/** `/api/items`, and the count of what is there. */
export function ideaRoutes(app: Web, store: IdeaStore, clock: Clock): void {
  const schema = { summary: 'Count items', response: { 200: dataAnswer(stats), ...failures } }
  app.get('/api/items/stats', { schema }, async (_, reply) => {
    const answer: ReadOptions['answer'] = {}
    const data = await store.stats({ answer })
    tellAnswered(reply, answer)
    return { success: true, data }
  })
  itemRoutes(app, () => store, clock)
}
