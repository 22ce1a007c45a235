import { expect, it } from 'vitest'
import { evaluate, truthy } from './conditions.js'

const names: Readonly<Record<string, string | boolean>> = { $A: 'a', 'github.event_name': 'push', 'failed()': true }
const lookup = (name: string) => names[name]

it.each([
  ["github.event_name == 'push'", true],
  ["github.event_name != 'push'", false],
  ['!failed()', false],
  ['$A', 'a'],
  ['$NONE', ''],
  ['$A == $NONE', false],
  ["$A && 'both' || 'local'", 'both'],
  ["$NONE && 'both' || 'local'", 'local'],
  ['$A == "a" && $NONE != "b"', true],
  ['($NONE || $A) == "a"', true],
  ['!(failed() && $NONE)', true],
])('the condition %s is %s', (text, value) => {
  expect(evaluate(text, lookup)).toBe(value)
})

it.each(['', '== 1', '$A ==', '($A', '$A $A', '$A =~ /x/', 'contains(a, b)'])('%j is no condition', (text) => {
  expect(() => evaluate(text, lookup)).toThrow(/condition|parenthesis/)
})

it('takes only the empty text and false for false', () => {
  expect(['', false, 'false', '0', true].map(truthy)).toEqual([false, false, true, true, true])
})
