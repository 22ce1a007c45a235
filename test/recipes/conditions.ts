/**
 * The conditions of GitHub's expressions and of GitLab's rules: names, texts, calls without arguments, `== != ! && ||`, parentheses.
 *
 * @module
 */

/** What a condition is about: the value of a name or of a call (`always()`); `undefined` counts as empty. */
export type Lookup = (name: string) => string | boolean | undefined

type Value = string | boolean

const TOKEN = /\s*(?:(&&|\|\||==|!=|!|\(|\))|'([^']*)'|"([^"]*)"|(\$?[A-Za-z_][\w.-]*(?:\(\))?))/y

/**
 * The value of a condition, as `&&` and `||` give it in both languages: one of the operands.
 *
 * @throws Error for anything else than the forms above
 */
export function evaluate(text: string, lookup: Lookup): Value {
  const tokens = tokensOf(text)
  let at = 0
  const take = (operator: string) => tokens[at]?.operator === operator && at++ >= 0

  const operand = (): Value => {
    if (take('!')) return !truthy(operand())
    if (take('(')) {
      const value = either()
      if (!take(')')) throw new Error(`a parenthesis is open: ${text}`)
      return value
    }
    const token = tokens[at++]
    if (token?.name !== undefined) return lookup(token.name) ?? ''
    if (token?.text !== undefined) return token.text
    throw new Error(`not a condition: ${text}`)
  }
  const comparison = (): Value => {
    const left = operand()
    if (take('==')) return left === operand()
    if (take('!=')) return left !== operand()
    return left
  }
  const both = (): Value => {
    let value = comparison()
    while (take('&&')) {
      const right = comparison()
      value = truthy(value) ? right : value
    }
    return value
  }
  const either = (): Value => {
    let value = both()
    while (take('||')) {
      const right = both()
      value = truthy(value) ? value : right
    }
    return value
  }
  const value = either()
  if (at < tokens.length) throw new Error(`more than a condition: ${text}`)
  return value
}

/** Empty text is false. */
export function truthy(value: Value): boolean {
  return value !== '' && value !== false
}

interface Token {
  readonly operator?: string
  readonly text?: string
  readonly name?: string
}

function tokensOf(text: string): Token[] {
  const tokens: Token[] = []
  TOKEN.lastIndex = 0
  for (let end = 0; end < text.trimEnd().length; end = TOKEN.lastIndex) {
    const match = TOKEN.exec(text)
    if (match === null) throw new Error(`cannot read the condition at "${text.slice(end)}"`)
    const [, operator, single, double, name] = match
    if (operator !== undefined) tokens.push({ operator })
    else if (name !== undefined) tokens.push({ name })
    else tokens.push({ text: single ?? double ?? '' })
  }
  return tokens
}
