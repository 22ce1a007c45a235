const { slug } = require('../src/slug')

describe('slug', () => {
  test.each([
    ['Hello World', 'hello-world'],
    ['  spaces  ', 'spaces'],
  ])('turns %j into %s', (title, expected) => {
    expect(slug(title)).toBe(expected)
  })

  // The mistake to be found: a hyphen stays at the end.
  test('leaves no hyphen at the end', () => {
    expect(slug('Really?')).toBe('really')
  })

  test.todo('keeps letters with accents')
  test.skip('shortens long titles', () => {})
})
