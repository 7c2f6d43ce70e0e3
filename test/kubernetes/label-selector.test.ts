import t from 'tap'
import { parseSelector } from '../../src/kubernetes/label-selector.ts'
import { selects } from '../../src/verify/webhooks/selectors.ts'

t.test('selectors as kubectl takes them', async (t) => {
  const labels = { app: 'cart', 'example.com/tier': 'web' }
  const cases: readonly (readonly [text: string, selected: boolean])[] = [
    ['app=cart', true],
    ['app==cart', true],
    ['app = cart', true],
    ['app=', false],
    ['app!=cart', false],
    ['other!=cart', true],
    ['app', true],
    ['!app', false],
    ['! other', true],
    ['app in (cart, shop)', true],
    ['app in (shop)', false],
    ['app notin (shop,db),example.com/tier=web', true],
    ['app=cart,other', false]
  ]
  for (const [text, selected] of cases) {
    t.equal(selects(parseSelector(text), labels), selected, text)
  }
})

t.test('what kubectl would not take', async (t) => {
  for (const text of ['', 'app=cart,', 'a=b=c', 'app in cart', '(app)', 'app=a&limit=1', 'a b']) {
    t.equal(parseSelector(text), undefined, JSON.stringify(text))
  }
})
