/**
 * Charts as inline SVG. Each shows one series of values, which a table on the page shows too.
 *
 * @module
 */
import { type ShownStatus, STATUS_LABELS } from './components.js'
import { countOf } from './format.js'

/** One value of a chart. */
export interface ChartPoint {
  readonly value: number
  /** The tooltip. */
  readonly text: string
  readonly href: string
  /** Sets the color. */
  readonly status?: ShownStatus | undefined
}

/** The contents of a chart. */
export interface ChartParts {
  readonly title: string
  /** A sentence for assistive technology. */
  readonly summary: string
  /** The text next to the title, such as the latest value. */
  readonly aside: string
  readonly points: readonly ChartPoint[]
  /** Texts below the left and the right end. */
  readonly ends: readonly [string, string]
  readonly kind: 'line' | 'columns'
  /** Text of a grid line, up to about seven characters. */
  readonly label: (value: number) => string
  readonly axis?: Parameters<typeof axisOf>[1]
}

const WIDTH = 560
const HEIGHT = 168
const LEFT = 54
const RIGHT = 8
const TOP = 8
const BOTTOM = 22
const PLOT_WIDTH = WIDTH - LEFT - RIGHT
const PLOT_HEIGHT = HEIGHT - TOP - BOTTOM
const MAX_COLUMN_WIDTH = 22
/** With more points, the dots would overlap. */
const MAX_DOTS = 60

/** An axis: its range, and the values of its grid lines. */
export interface Axis {
  readonly from: number
  readonly to: number
  readonly ticks: readonly number[]
}

const STEPS = [1, 2, 2.5, 5, 10] as const
const GRID_LINES = 3
/** Minimum range, relative to the highest value. Smaller ranges exceed the precision of a double. */
const MIN_RANGE = 1e-6

/** A chart with its title. It has links, so it is a group and no image. */
export function Chart(parts: ChartParts) {
  const { title, summary, aside, points, ends, kind, label } = parts
  const axis = axisOf(
    points.map(({ value }) => value),
    parts.axis,
  )
  const slot = PLOT_WIDTH / Math.max(1, points.length)
  return (
    <figure class="chart panel">
      <figcaption>
        {title}
        <span>{aside}</span>
      </figcaption>
      <div class="scroll">
        {/* biome-ignore lint/a11y/useSemanticElements: an SVG cannot be a fieldset */}
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="group" aria-label={`${title}: ${summary}`}>
          <Grid axis={axis} label={label} ends={ends} />
          {kind === 'line' ? (
            <Line points={points} axis={axis} slot={slot} />
          ) : (
            <Columns points={points} axis={axis} slot={slot} />
          )}
          {points.map(({ href, text }, index) => (
            <a href={href} tabindex={-1}>
              <title>{text}</title>
              <rect class="hit" x={round(LEFT + index * slot)} y={TOP} width={round(slot)} height={PLOT_HEIGHT} />
            </a>
          ))}
        </svg>
      </div>
    </figure>
  )
}

/** A bar with the share of each status. */
export function StatusBar({ parts }: { parts: readonly (readonly [ShownStatus, number])[] }) {
  const total = parts.reduce((sum, [, count]) => sum + count, 0)
  const label = parts
    .filter(([, count]) => count > 0)
    .map(([status, count]) => `${count} ${STATUS_LABELS[status].toLowerCase()}`)
    .join(', ')
  let from = 0
  return (
    <svg class="bar" viewBox="0 0 100 6" preserveAspectRatio="none" role="img" aria-label={label || 'no tests'}>
      {parts.map(([status, count]) => {
        // A small share must be visible too.
        const width = count === 0 ? 0 : Math.max(2, (count / total) * 100)
        const x = Math.min(from, 100 - width)
        from += width
        return count === 0 ? null : <rect class={`s-${status}`} x={round(x)} y="0" width={round(width)} height="6" />
      })}
    </svg>
  )
}

/** One column per run, oldest first. Color and height show the status. */
export function StatusStrip(props: { points: readonly (ChartPoint & { status: ShownStatus })[]; small?: boolean }) {
  const { points, small = false } = props
  const width = small ? 150 : WIDTH
  const slot = width / Math.max(points.length, 24)
  const failed = points.filter(({ status }) => status === 'failed' || status === 'error').length
  return (
    // biome-ignore lint/a11y/useSemanticElements: an SVG cannot be a fieldset
    <svg
      class={small ? 'strip small' : 'strip'}
      preserveAspectRatio="none"
      viewBox={`0 0 ${width} 30`}
      role="group"
      aria-label={`${countOf(points.length, 'run')}, oldest first, ${failed} failed`}
    >
      {points.map(({ status, text, href }, index) => {
        const height = STRIP_HEIGHTS[status]
        return (
          <a href={href} tabindex={-1}>
            <title>{text}</title>
            <rect class="hit" x={round(index * slot)} y="0" width={round(slot)} height="30" />
            <rect
              class={`s-${status}`}
              x={round(index * slot + 1)}
              y={30 - height}
              width={round(slot - 2)}
              height={height}
            />
          </a>
        )
      })}
    </svg>
  )
}

const STRIP_HEIGHTS: Readonly<Record<ShownStatus, number>> = {
  failed: 30,
  error: 30,
  flaky: 22,
  passed: 14,
  interrupted: 14,
  empty: 14,
  skipped: 6,
}

function Grid({ axis, label, ends }: { axis: Axis } & Pick<ChartParts, 'label' | 'ends'>) {
  return (
    <>
      {axis.ticks.map((tick) => {
        const y = TOP + PLOT_HEIGHT - positionOf(tick, axis, PLOT_HEIGHT)
        return (
          <>
            <line class="grid" x1={LEFT} x2={WIDTH - RIGHT} y1={y} y2={y} />
            <text x={LEFT - 7} y={y + 4} text-anchor="end">
              {label(tick)}
            </text>
          </>
        )
      })}
      <text x={LEFT} y={HEIGHT - 5}>
        {ends[0]}
      </text>
      <text x={WIDTH - RIGHT} y={HEIGHT - 5} text-anchor="end">
        {ends[1]}
      </text>
    </>
  )
}

function Line({ points, axis, slot }: { points: readonly ChartPoint[]; axis: Axis; slot: number }) {
  const dots = points.map(({ value }, index) => ({
    x: round(LEFT + (index + 0.5) * slot),
    y: round(TOP + PLOT_HEIGHT - positionOf(value, axis, PLOT_HEIGHT)),
  }))
  const path = dots.map(({ x, y }) => `${x} ${y}`).join('L')
  const base = TOP + PLOT_HEIGHT
  return (
    <>
      {axis.from === 0 && dots.length > 1 && (
        <path class="area" d={`M${path}L${dots.at(-1)?.x} ${base}L${dots[0]?.x} ${base}Z`} />
      )}
      {dots.length > 1 && <path class="line" d={`M${path}`} />}
      {(dots.length <= MAX_DOTS ? dots : dots.slice(-1)).map(({ x, y }) => (
        <circle class="dot" cx={x} cy={y} r="2.5" />
      ))}
    </>
  )
}

function Columns({ points, axis, slot }: { points: readonly ChartPoint[]; axis: Axis; slot: number }) {
  const width = Math.min(MAX_COLUMN_WIDTH, Math.max(1, slot - Math.min(2, slot / 4)))
  return (
    <>
      {points.map(({ value, status }, index) => {
        const height = value === 0 ? 0 : Math.max(1.5, positionOf(value, axis, PLOT_HEIGHT))
        const x = LEFT + (index + 0.5) * slot - width / 2
        return (
          <rect
            class={`column ${status ?? ''}`}
            x={round(x)}
            y={round(TOP + PLOT_HEIGHT - height)}
            width={round(width)}
            height={round(height)}
            rx={Math.min(1.5, width / 4)}
          />
        )
      })}
    </>
  )
}

/**
 * The axis for some values, with round numbers as grid lines.
 *
 * @param options `isWhole`: grid lines only at whole numbers; `max`: upper limit of the axis; `minTop`: the axis goes at least up to
 *   this value; `fromZero`: whether the axis starts at 0, as columns and areas need
 */
export function axisOf(
  values: readonly number[],
  options: { isWhole?: boolean; max?: number; minTop?: number; fromZero?: boolean } = {},
): Axis {
  const { isWhole = false, max = Number.POSITIVE_INFINITY, minTop = 0, fromZero = true } = options
  // Math.max(...values) fails for a list that is longer than the maximum number of arguments.
  const highest = Math.min(
    max,
    values.reduce((high, value) => Math.max(high, value), minTop),
  )
  const lowest = fromZero ? 0 : values.reduce((low, value) => Math.min(low, value), highest)
  const range = Math.max(highest - lowest || highest || 1, MIN_RANGE * Math.max(1, highest))
  const step = Math.max(roundStep(range / GRID_LINES), isWhole ? 1 : 0)
  const from = fromZero ? 0 : Math.max(0, Math.min(Math.floor(lowest / step) * step, max - step))
  const to = Math.min(max, Math.max(Math.ceil(highest / step - 1e-9) * step, from + step))
  const ticks: number[] = []
  for (let index = 0; from + index * step <= to + step * 1e-6; index++) ticks.push(from + index * step)
  return { from, to, ticks }
}

/** The position of a value on an axis of this length. */
export function positionOf(value: number, axis: Axis, length: number): number {
  const share = axis.to === axis.from ? 0 : (value - axis.from) / (axis.to - axis.from)
  return round(Math.min(1, Math.max(0, share)) * length)
}

// Two decimals are enough for a screen.
function round(value: number): number {
  return Math.round(value * 100) / 100
}

function roundStep(min: number): number {
  const power = 10 ** Math.floor(Math.log10(min))
  return power * (STEPS.find((step) => step * power >= min * (1 - 1e-9)) ?? 10)
}
