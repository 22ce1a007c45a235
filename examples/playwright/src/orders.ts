/** One line of an order. */
export interface Line {
  readonly count: number
  readonly cents: number
}

/** The sum of an order. */
export function total(lines: readonly Line[]): number {
  return lines.reduce((sum, { cents }) => sum + cents, 0)
}
