/**
 * Charts as inline SVG: one series each, so that none needs a key. The same numbers stand in a table on the page.
 *
 * @module
 */
import { countOf } from './format.js'
import { type Verdict, WORDS } from './parts.js'
import { type Axis, axisOf, place, round } from './scale.js'

/** One value of a chart. */
export interface ChartPoint {
  readonly value: number
  /** What it says when a pointer rests on it. */
  readonly text: string
  readonly href: string
  readonly tone?: Verdict | undefined
}

/** What a chart shows. */
export interface ChartParts {
  readonly title: string
  /** In words, for who does not see it. */
  readonly summary: string
  /** The latest value, or the like. */
  readonly aside: string
  readonly points: readonly ChartPoint[]
  /** Words below its left and right end. */
  readonly ends: readonly [string, string]
  readonly kind: 'line' | 'columns'
  /** Short: there is room for about seven characters. */
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
const MAX_COLUMN = 22
/** With more points than this, dots would run into each other. */
const MAX_DOTS = 60

/** A chart with its title. */
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
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} role="img" aria-label={`${title}: ${summary}`}>
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

/** Shares of a whole, without room for words: beside it stand the numbers. */
export function OutcomeBar({ parts }: { parts: readonly (readonly [Verdict, number])[] }) {
  const total = parts.reduce((sum, [, count]) => sum + count, 0)
  const words = parts
    .filter(([, count]) => count > 0)
    .map(([verdict, count]) => `${count} ${WORDS[verdict].toLowerCase()}`)
  let from = 0
  return (
    <svg
      class="bar"
      viewBox="0 0 100 6"
      preserveAspectRatio="none"
      role="img"
      aria-label={words.join(', ') || 'no tests'}
    >
      {parts.map(([verdict, count]) => {
        // What is there at all is to be seen.
        const width = count === 0 ? 0 : Math.max(2, (count / total) * 100)
        const x = Math.min(from, 100 - width)
        from += width
        return count === 0 ? null : <rect class={`s-${verdict}`} x={round(x)} y="0" width={round(width)} height="6" />
      })}
    </svg>
  )
}

/** How a test went, time after time, oldest first: full height for a pass, with a sign of its own for anything else. */
export function OutcomeStrip(props: { points: readonly (ChartPoint & { tone: Verdict })[]; small?: boolean }) {
  const { points, small = false } = props
  const width = small ? 150 : WIDTH
  const slot = width / Math.max(points.length, 24)
  const bad = points.filter(({ tone }) => tone === 'failed' || tone === 'error').length
  return (
    <svg
      class={small ? 'strip small' : 'strip'}
      preserveAspectRatio="none"
      viewBox={`0 0 ${width} 30`}
      role="img"
      aria-label={`${countOf(points.length, 'run')}, oldest first, ${bad} of them failed`}
    >
      {points.map(({ tone, text, href }, index) => {
        const tall = tone === 'failed' || tone === 'error' ? 30 : tone === 'flaky' ? 22 : tone === 'skipped' ? 6 : 14
        return (
          <a href={href} tabindex={-1}>
            <title>{text}</title>
            <rect class="hit" x={round(index * slot)} y="0" width={round(slot)} height="30" />
            <rect class={`s-${tone}`} x={round(index * slot + 1)} y={30 - tall} width={round(slot - 2)} height={tall} />
          </a>
        )
      })}
    </svg>
  )
}

function Grid({
  axis,
  label,
  ends,
}: {
  axis: Axis
  label: (value: number) => string
  ends: readonly [string, string]
}) {
  return (
    <>
      {axis.ticks.map((tick) => {
        const y = TOP + PLOT_HEIGHT - place(tick, axis, PLOT_HEIGHT)
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
  const dots = points.map(({ value, tone }, index) => ({
    x: round(LEFT + (index + 0.5) * slot),
    y: round(TOP + PLOT_HEIGHT - place(value, axis, PLOT_HEIGHT)),
    tone,
  }))
  const path = dots.map(({ x, y }) => `${x} ${y}`).join('L')
  const base = TOP + PLOT_HEIGHT
  return (
    <>
      {axis.from === 0 && dots.length > 1 && (
        <path class="below-trace" d={`M${path}L${dots.at(-1)?.x} ${base}L${dots[0]?.x} ${base}Z`} />
      )}
      {dots.length > 1 && <path class="trace" d={`M${path}`} />}
      {(dots.length <= MAX_DOTS ? dots : dots.slice(-1)).map(({ x, y }) => (
        <circle class="dot" cx={x} cy={y} r="2.5" />
      ))}
    </>
  )
}

function Columns({ points, axis, slot }: { points: readonly ChartPoint[]; axis: Axis; slot: number }) {
  const width = Math.min(MAX_COLUMN, Math.max(1, slot - Math.min(2, slot / 4)))
  return (
    <>
      {points.map(({ value, tone }, index) => {
        const height = value === 0 ? 0 : Math.max(1.5, place(value, axis, PLOT_HEIGHT))
        const x = LEFT + (index + 0.5) * slot - width / 2
        return (
          <rect
            class={`column ${tone ?? ''}`}
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
