/**
 * A reader of the little Groovy that a declarative pipeline is made of: calls with blocks, calls with arguments, assignments.
 *
 * @module
 */

/** A text in quotes; only double ones take in variables. */
export interface Quoted {
  readonly text: string
  readonly interpolated: boolean
}

/** What stands behind an equals sign or between parentheses. */
export type Expression = Quoted | Call | number | boolean

/** `sh 'npm ci'`, `stage('Test') { … }`, `not { … }`, `NAME = …` (then `assigned`). */
export interface Call {
  readonly name: string
  readonly positional: readonly Expression[]
  readonly named: Readonly<Record<string, Expression>>
  readonly block?: readonly Call[]
  readonly assigned?: Expression
}

const TOKEN =
  /(?:\s|\/\/[^\n]*)*(?:'''(?<long>[\s\S]*?)'''|'(?<single>(?:[^'\\\n]|\\.)*)'|"(?<double>(?:[^"\\\n]|\\.)*)"|(?<number>\d+)|(?<word>[A-Za-z_][\w.]*)|(?<mark>[{}()=:,]))/y

interface Token {
  readonly kind: 'text' | 'interpolated' | 'number' | 'word' | 'mark'
  readonly value: string
}

/**
 * Reads a Jenkinsfile.
 *
 * @throws Error where it is not of the form above
 */
export function parseJenkinsfile(source: string): Call {
  const tokens = tokensOf(source)
  let at = 0
  const peek = (value: string) => tokens[at]?.kind === 'mark' && tokens[at]?.value === value
  const take = (value: string) => peek(value) && at++ >= 0
  const expect = (value: string) => {
    if (!take(value)) throw new Error(`expected ${value} before ${tokens[at]?.value ?? 'the end'}`)
  }

  const expression = (): Expression => {
    const token = tokens[at]
    if (token?.kind === 'word' && !['true', 'false'].includes(token.value)) return statement()
    at++
    if (token?.kind === 'number') return Number(token.value)
    if (token?.kind === 'word') return token.value === 'true'
    if (token === undefined || token.kind === 'mark')
      throw new Error(`expected a value, not ${token?.value ?? 'the end'}`)
    return { text: token.value, interpolated: token.kind === 'interpolated' }
  }
  const args = (until: () => boolean): Pick<Call, 'positional' | 'named'> => {
    const positional: Expression[] = []
    const named: Record<string, Expression> = {}
    while (!until()) {
      if (positional.length + Object.keys(named).length > 0) expect(',')
      const name = tokens[at]
      if (name?.kind === 'word' && tokens[at + 1]?.value === ':') {
        at += 2
        named[name.value] = expression()
      } else positional.push(expression())
    }
    return { positional, named }
  }
  const block = (): Call[] => {
    const calls: Call[] = []
    while (!take('}')) calls.push(statement())
    return calls
  }
  const statement = (): Call => {
    const token = tokens[at++]
    if (token?.kind !== 'word') throw new Error(`expected a name, not ${token?.value ?? 'the end'}`)
    const { value: name } = token
    if (take('=')) return { name, positional: [], named: {}, assigned: expression() }
    const given = take('(') ? args(() => take(')')) : args(bareEnd)
    return { name, ...given, ...(take('{') ? { block: block() } : {}) }
  }
  // Arguments without parentheses end where no comma follows.
  const bareEnd = (): boolean => {
    const token = tokens[at]
    if (token === undefined || token.kind === 'number') return true
    if (token.kind === 'mark') return token.value !== ','
    return token.kind === 'word' && tokens[at + 1]?.value !== ':'
  }
  const pipeline = statement()
  if (at < tokens.length || pipeline.name !== 'pipeline') throw new Error('a declarative pipeline is one block')
  return pipeline
}

/** The block of a call by this name. */
export function blockOf(calls: readonly Call[], name: string): readonly Call[] {
  return calls.find((call) => call.name === name)?.block ?? []
}

function tokensOf(source: string): Token[] {
  const tokens: Token[] = []
  const end = source.trimEnd().length
  TOKEN.lastIndex = 0
  for (let from = 0; from < end; from = TOKEN.lastIndex) {
    const { long, single, double, number, word, mark } = TOKEN.exec(source)?.groups ?? {}
    const text = long ?? single
    if (text !== undefined) tokens.push({ kind: 'text', value: unescaped(text) })
    else if (double !== undefined) tokens.push({ kind: 'interpolated', value: unescaped(double) })
    else if (number !== undefined) tokens.push({ kind: 'number', value: number })
    else if (word !== undefined) tokens.push({ kind: 'word', value: word })
    else if (mark !== undefined) tokens.push({ kind: 'mark', value: mark })
    else throw new Error(`cannot read the Jenkinsfile at: ${source.slice(from, from + 60).trim()}`)
  }
  return tokens
}

// In a Groovy text a backslash at the end of a line joins the next one.
function unescaped(text: string): string {
  return text.replace(/\\\n/g, '').replace(/\\(['"\\$])/g, '$1')
}
