jest.retryTimes(2)

let tries = 0

test('answers at the second try', () => {
  tries += 1
  console.log(`try ${tries}`)
  expect(tries).toBe(2)
})
