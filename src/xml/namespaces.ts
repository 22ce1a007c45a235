/**
 * Which prefix stands for which namespace, while a document goes by.
 *
 * @module
 */

export const XML_NAMESPACE = 'http://www.w3.org/XML/1998/namespace'
export const XMLNS_NAMESPACE = 'http://www.w3.org/2000/xmlns/'

/** Bindings by prefix (`''` is the default namespace), with a way back; every look-up takes constant time. */
export class NamespaceScope {
  private readonly bindings = new Map<string, string[]>()
  private readonly declared: string[] = []
  private readonly marks: number[] = []

  /** @param inherited bindings that hold before the first element */
  constructor(inherited: Iterable<readonly [prefix: string, uri: string]> = []) {
    this.declare('xml', XML_NAMESPACE)
    for (const [prefix, uri] of inherited) this.declare(prefix, uri)
  }

  /** Begins an element: what is declared from here on ends with the matching `leave`. */
  enter(): void {
    this.marks.push(this.declared.length)
  }

  leave(): void {
    const mark = this.marks.pop() ?? 0
    while (this.declared.length > mark) {
      const prefix = this.declared.pop() ?? ''
      this.bindings.get(prefix)?.pop()
    }
  }

  /** @param uri empty for a default namespace that is taken back */
  declare(prefix: string, uri: string): void {
    const stack = this.bindings.get(prefix)
    if (stack === undefined) this.bindings.set(prefix, [uri])
    else stack.push(uri)
    this.declared.push(prefix)
  }

  /** The namespace that a prefix stands for; `undefined` when it is not bound, `''` when it is bound to none. */
  lookup(prefix: string): string | undefined {
    return this.bindings.get(prefix)?.at(-1)
  }

  /** Everything bound here, `xml` left out. */
  all(): Map<string, string> {
    const bound = new Map<string, string>()
    for (const [prefix, stack] of this.bindings) {
      const uri = stack.at(-1)
      if (uri !== undefined && uri !== '' && prefix !== 'xml') bound.set(prefix, uri)
    }
    return bound
  }
}

/**
 * Why a declaration is not legal (Namespaces in XML 1.0 §2.2 and §3); a relative reference has no canonical form (Canonical XML
 * 1.1 §1.3).
 */
export function declarationProblem(prefix: string, uri: string): 'namespace' | 'relative-namespace' | undefined {
  if (prefix === 'xml') return uri === XML_NAMESPACE ? undefined : 'namespace'
  if (prefix === 'xmlns' || uri === XML_NAMESPACE || uri === XMLNS_NAMESPACE) return 'namespace'
  if (uri === '') return prefix === '' ? undefined : 'namespace'
  return /^[A-Za-z][A-Za-z0-9+.-]*:/.test(uri) ? undefined : 'relative-namespace'
}
