/**
 * Where values lie on a chart.
 *
 * @module
 */

/** An axis: from 0 or a round value to a round value, with a few lines between. */
export interface Axis {
  readonly from: number
  readonly to: number
  readonly ticks: readonly number[]
}

const STEPS = [1, 2, 2.5, 5, 10] as const
const LINES = 3
/** Of the highest value: where values differ by less, the digits of a double run out. */
const LEAST_RANGE = 1e-6

/**
 * An axis that holds all values.
 *
 * @param options `whole`: no line between whole numbers; `most`: the value that cannot be exceeded; `reach`: one that it
 * goes up to at least; `fromZero`: whether the axis
 * must begin at 0, as it must for columns and areas
 */
export function axisOf(
  values: readonly number[],
  options: { whole?: boolean; most?: number; reach?: number; fromZero?: boolean } = {},
): Axis {
  const { whole = false, most = Number.POSITIVE_INFINITY, reach = 0, fromZero = true } = options
  // Not Math.max(...values): a list may be longer than a call can have arguments.
  const highest = Math.min(
    most,
    values.reduce((high, value) => Math.max(high, value), reach),
  )
  const lowest = fromZero ? 0 : values.reduce((low, value) => Math.min(low, value), highest)
  const range = Math.max(highest - lowest || highest || 1, LEAST_RANGE * Math.max(1, highest))
  const step = Math.max(roundStep(range / LINES), whole ? 1 : 0)
  const from = fromZero ? 0 : Math.max(0, Math.min(Math.floor(lowest / step) * step, most - step))
  const to = Math.min(most, Math.max(Math.ceil(highest / step - 1e-9) * step, from + step))
  const ticks: number[] = []
  for (let index = 0; from + index * step <= to + step * 1e-6; index++) ticks.push(from + index * step)
  return { from, to, ticks }
}

/** Puts a value of an axis on a length; two decimals are plenty for a screen. */
export function place(value: number, axis: Axis, length: number): number {
  const share = axis.to === axis.from ? 0 : (value - axis.from) / (axis.to - axis.from)
  return round(Math.min(1, Math.max(0, share)) * length)
}

/** Two decimals. */
export function round(value: number): number {
  return Math.round(value * 100) / 100
}

function roundStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least))
  return power * (STEPS.find((step) => step * power >= least * (1 - 1e-9)) ?? 10)
}
