const { label } = require('../src/label')

test('writes the city in capitals', () => {
  expect(label({ name: 'Ada', city: 'London' })).toBe('Ada, LONDON')
})
