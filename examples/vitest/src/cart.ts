export interface Item {
  name: string
  cents: number
  quantity: number
}

export function totalCents(items: readonly Item[]): number {
  return items.reduce((sum, item) => sum + item.cents * item.quantity, 0)
}

export function discountCents(total: number, code: string): number {
  if (code === 'TEN') return Math.round(total / 10)
  return 0
}
