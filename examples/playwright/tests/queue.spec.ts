import { expect, test } from '@playwright/test'

test('answers at the second attempt', async () => {
  const { retry } = test.info()
  await test.info().attach('log', { body: `attempt ${retry + 1}`, contentType: 'text/plain' })
  expect(retry).toBe(1)
})
