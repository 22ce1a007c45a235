/** The sum of some prices, in cents. */
export function totalCents(prices: readonly number[]): number {
  return prices.reduce((sum, price) => sum + price, 0)
}
