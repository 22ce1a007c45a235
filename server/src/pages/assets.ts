/**
 * The stylesheet and the icon: everything that a page loads.
 *
 * System fonts, one accent color, colors with a meaning only for statuses, light and dark. The paths change with the contents, so that
 * browsers can cache the files.
 *
 * @module
 */
import { createHash } from 'node:crypto'
import type { App } from '../context.js'

const ICON =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="7" fill="#2f5bd8"/>' +
  '<path d="M9 16.500l5 5 9.5-11" fill="none" stroke="#fff" stroke-width="3.5" stroke-linecap="round" stroke-linejoin="round"/></svg>'

/** Text colors have a contrast of 4.5:1 on both backgrounds (WCAG 2.2, 1.4.3). */
const COLORS = `
:root {
  color-scheme: light dark;
  --page: #f7f8fa; --panel: #fff; --sunken: #f1f3f6; --line: #dfe3e8; --strong-line: #868e99;
  --ink: #1a1d21; --muted: #5a626d; --accent: #2450c4; --on-accent: #fff; --focus: #2450c4;
  --passed: #17744a; --failed: #bd232b; --error: #9c2470; --skipped: #5f6772; --flaky: #8a5a00;
  --passed-bg: #e4f4ec; --failed-bg: #fdeaea; --error-bg: #fae8f3; --skipped-bg: #eceff2; --flaky-bg: #fbf0d6;
}
@media screen and (prefers-color-scheme: dark) {
  :root {
    --page: #111418; --panel: #181c21; --sunken: #13171b; --line: #2b3138; --strong-line: #6d7682;
    --ink: #e6e9ed; --muted: #9ba4af; --accent: #8db0ff; --on-accent: #0d1424; --focus: #8db0ff;
    --passed: #56c792; --failed: #ff8a85; --error: #f095cb; --skipped: #a3acb7; --flaky: #e5b64e;
    --passed-bg: #14301f; --failed-bg: #3a1b1d; --error-bg: #371a2d; --skipped-bg: #262b31; --flaky-bg: #33280f;
  }
}`

const FRAME = `
*, *::before, *::after { box-sizing: border-box }
html { -webkit-text-size-adjust: 100% }
body { margin: 0; background: var(--page); color: var(--ink); font: 14px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif }
code, pre, .mono { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; font-size: .93em }
a { color: var(--accent); text-decoration: none }
a:hover, p a:not(.tag, .button), dd a, h2 .count a, .change li a, small a { text-decoration: underline; text-underline-offset: 2px }
:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; border-radius: 3px }
.skip { position: absolute; left: -999em }
.skip:focus { left: 1rem; top: .5rem; z-index: 1; background: var(--panel); padding: .3rem .6rem }
.wide { max-width: 76rem; margin: 0 auto; padding: 0 1.25rem }
.top { background: var(--panel); border-bottom: 1px solid var(--line) }
.top .wide { display: flex; flex-wrap: wrap; align-items: center; gap: 0 1.75rem; min-height: 3.1rem }
.brand { display: flex; align-items: center; gap: .5rem; font-weight: 650; font-size: 1.07rem; color: var(--ink) }
.top nav { display: flex; gap: 1.25rem; align-self: stretch; min-height: 3.1rem }
.top nav a { display: flex; align-items: center; color: var(--muted); border-bottom: 2px solid transparent; border-top: 2px solid transparent }
.top nav a[aria-current] { color: var(--ink); border-bottom-color: var(--accent) }
.sign-out { margin-left: auto }
main.wide { padding-top: 1.4rem; padding-bottom: 2.5rem; min-height: 75vh }
footer.wide { display: flex; gap: 1.5rem; padding-top: .9rem; padding-bottom: 1.5rem; color: var(--muted); font-size: .93em }
h1 { font-size: 1.5rem; line-height: 1.25; font-weight: 650; letter-spacing: -.012em; margin: 0 0 .3rem; overflow-wrap: anywhere }
h2 { font-size: 1.07rem; font-weight: 650; margin: 2rem 0 .65rem }
h3 { font-size: 1rem; font-weight: 600; margin: 0 }
h2 .count { color: var(--muted); font-weight: 400; margin-left: .35rem }
h1 a { color: inherit }
.trail { color: var(--muted); font-size: .93em; margin: 0 0 .35rem; overflow-wrap: anywhere }
.subtitle { display: flex; flex-wrap: wrap; gap: .25rem 1.1rem; color: var(--muted); margin: 0 0 1.1rem; overflow-wrap: anywhere }
.heading + .panel, h1 + .panel { margin-top: .8rem }
.filters.panel, .statistics.panel { margin-bottom: 1rem }
.heading { display: flex; flex-wrap: wrap; align-items: center; gap: .3rem .9rem }
.muted { color: var(--muted) }
.hidden { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.empty-state { color: var(--muted); background: var(--panel); border: 1px dashed var(--line); border-radius: 8px; padding: 1.5rem; margin: 0; text-align: center }`

const PARTS = `
.panel { background: var(--panel); border: 1px solid var(--line); border-radius: 8px }
.padded { padding: 1rem 1.15rem }
.padded > h2 { margin: 0 }
.mark { display: inline-flex; align-items: center; gap: .32rem; white-space: nowrap; font-weight: 550; font-size: .93em; line-height: 1.3; padding: .1rem .5rem .1rem .36rem; border-radius: 99px; color: var(--tone); background: var(--tone-bg) }
.icon { flex: none; fill: none; stroke: currentColor; stroke-width: 1.8; stroke-linecap: round; stroke-linejoin: round }
.passed, .trusted { --tone: var(--passed); --tone-bg: var(--passed-bg) }
.failed { --tone: var(--failed); --tone-bg: var(--failed-bg) }
.error { --tone: var(--error); --tone-bg: var(--error-bg) }
.skipped, .empty, .unsigned { --tone: var(--skipped); --tone-bg: var(--skipped-bg) }
.flaky, .interrupted, .untrusted { --tone: var(--flaky); --tone-bg: var(--flaky-bg) }
.tag { display: inline-block; border: 1px solid var(--line); border-radius: 4px; padding: 0 .35rem; font-size: .86em; color: var(--muted); max-width: 14rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; vertical-align: bottom }
.statistics { display: grid; grid-template-columns: repeat(auto-fit, minmax(6.4rem, 1fr)); margin: 0; overflow: hidden }
.statistic { padding: .7rem 1.1rem; border-left: 1px solid var(--line); margin-left: -1px }
.statistic dt { color: var(--muted); font-size: .93em }
.statistic dd { margin: 0; font-size: 1.36rem; font-weight: 600; letter-spacing: -.01em; white-space: nowrap; color: var(--tone, inherit) }
.scroll { overflow-x: auto; position: relative }
table { border-collapse: collapse; width: 100% }
th, td { text-align: left; padding: .48rem .75rem; vertical-align: top; border-top: 1px solid var(--line) }
thead th { border-top: 0; color: var(--muted); font-weight: 500; font-size: .93em; white-space: nowrap; vertical-align: bottom }
tbody th { font-weight: inherit }
th:first-child, td:first-child { padding-left: 1.15rem }
th:last-child, td:last-child { padding-right: 1.15rem }
tbody tr:hover { background: var(--sunken) }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap }
td.time { white-space: nowrap; font-variant-numeric: tabular-nums }
td.name, th.name { overflow-wrap: anywhere; min-width: 13rem }
td.name small, th.name small, .subline { display: block; color: var(--muted); font-size: .93em; overflow-wrap: anywhere }
thead a { color: inherit }
tbody th a { color: var(--ink); font-weight: 550 }
tbody th a.tag { color: var(--muted); font-weight: 400 }
th[aria-sort] a { color: var(--ink); font-weight: 600 }
.bar { display: block; width: 100%; min-width: 6rem; height: 6px; border-radius: 3px; margin-top: .48rem; background: var(--sunken) }
.pager { display: flex; gap: 1.1rem; padding: .6rem 1.15rem; border-top: 1px solid var(--line); color: var(--muted); font-variant-numeric: tabular-nums }
.tabs { display: flex; flex-wrap: wrap; gap: .35rem; margin: 0 0 .8rem; padding: 0; list-style: none }
.tabs a, .tabs .tab { display: block; padding: .18rem .7rem; border: 1px solid var(--line); border-radius: 99px; background: var(--panel); color: var(--ink) }
.tabs a[aria-current] { border-color: var(--accent); color: var(--accent); font-weight: 550 }
.block { margin: .5rem 0 0; padding: .65rem .85rem; background: var(--sunken); border: 1px solid var(--line); border-radius: 6px; overflow: auto; max-height: 30rem; white-space: pre-wrap; overflow-wrap: anywhere; line-height: 1.45; tab-size: 2 }
.chart-data { margin-top: .8rem }
.chart-data[open] > summary { margin-bottom: .6rem }
details > summary { cursor: pointer; color: var(--accent); padding: .2rem 0; width: fit-content }
.change { padding: .55rem 1.15rem; border-top: 1px solid var(--line); border-left: 4px solid var(--tone) }
.change:first-child { border-top: 0 }
.change > summary { color: var(--ink) }
.change ul { margin: .35rem 0 .3rem; padding-left: 1.3rem }
.change li { margin: .2rem 0; overflow-wrap: anywhere }
.case { padding: .85rem 1.15rem; border-top: 1px solid var(--line) }
.case:first-child { border-top: 0 }
.case header { display: flex; flex-wrap: wrap; gap: .2rem .8rem; align-items: baseline }
.case h3 { flex: 1 1 20rem; overflow-wrap: anywhere }
.case pre.message { margin-top: .1rem }
.message { border-left: 3px solid var(--tone); border-radius: 0 6px 6px 0 }
.properties { display: grid; grid-template-columns: minmax(7rem, max-content) 1fr; gap: .3rem 1.5rem; margin: 0 }
.properties.many { grid-template-columns: repeat(auto-fit, minmax(min(30rem, 100%), 1fr)); gap: .3rem 2.5rem }
.properties.many div { display: grid; grid-template-columns: 12rem 1fr; gap: 1rem }
.properties dt { color: var(--muted); overflow-wrap: anywhere; max-width: 18rem }
.properties dd { margin: 0; overflow-wrap: anywhere; white-space: pre-wrap }
.columns { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr)); gap: 1rem }
.columns > * { min-width: 0 }
.columns + .columns { margin-top: 1rem }
.signature-box { border-left: 4px solid var(--tone) }
.signature-box p { margin: .5rem 0 .7rem }`

const FORMS = `
.filters { display: flex; flex-wrap: wrap; gap: .6rem .75rem; align-items: end; padding: .8rem 1.15rem }
.filters label { display: flex; flex-direction: column; gap: .15rem; color: var(--muted); font-size: .93em; flex: 1 1 7.5rem }
.filters .actions { display: flex; gap: .9rem; align-items: center }
input, select, button, .button { font: inherit; min-height: 2.1rem; border-radius: 6px; padding: .25rem .6rem }
input, select { color: var(--ink); background: var(--panel); border: 1px solid var(--strong-line); width: 100%; min-width: 0 }
button, .button { display: inline-flex; align-items: center; justify-content: center; border: 1px solid var(--accent); background: var(--accent); color: var(--on-accent); font-weight: 550; cursor: pointer; padding: .25rem .95rem }
.button:hover { text-decoration: none }
button:hover, .button:hover { filter: brightness(1.08) }
button.quiet, .button.quiet { background: transparent; color: var(--accent); border-color: var(--line) }
.message-box { max-width: 27rem; margin: 3rem auto }
.message-box form { display: grid; gap: .9rem; margin-top: 1rem }
.find { margin-left: auto }
.find + .sign-out { margin-left: 0 }
.find input { width: 12rem; max-width: 100% }
.quarantine { border-left: 4px solid var(--strong-line); padding: .1rem .6rem; margin: .4rem 0 }
.alert { color: var(--failed); background: var(--failed-bg); border-radius: 6px; padding: .5rem .8rem; margin: .8rem 0 0 }`

const CHARTS = `
.chart { margin: 0; padding: .9rem 1.15rem .5rem }
.chart figcaption { display: flex; justify-content: space-between; gap: 1rem; font-weight: 600 }
.chart figcaption span { font-weight: 400; color: var(--muted) }
.chart .scroll svg, .chart .strip { display: block; width: 100%; min-width: 24rem; height: auto; margin-top: .5rem }
.chart .strip { height: 124px; min-width: 0 }
.strip.small { width: 150px; height: 26px; display: block }
.chart text { fill: var(--muted); font-size: 11px }
.grid { stroke: var(--line); stroke-width: 1 }
.line { fill: none; stroke: var(--accent); stroke-width: 2; stroke-linejoin: round }
.area { fill: var(--accent); opacity: .1 }
.dot { fill: var(--panel); stroke: var(--accent); stroke-width: 2 }
.column { fill: var(--tone, var(--accent)) }
.hit { fill: transparent }
a:hover .hit { fill: var(--accent); opacity: .12 }
.s-passed { fill: var(--passed) } .s-failed { fill: var(--failed) } .s-error { fill: var(--error) }
.s-skipped, .s-empty { fill: var(--strong-line) } .s-flaky, .s-interrupted { fill: var(--flaky) }
.legend { display: flex; flex-wrap: wrap; gap: .2rem 1rem; color: var(--muted); font-size: .93em; padding: 0; margin: .3rem 0 0; list-style: none }
.legend svg { width: .7rem; min-width: 0; height: .7rem; display: inline-block; margin: 0 .35rem 0 0 }
@media (max-width: 40rem) { .wide { padding: 0 .8rem } h1 { font-size: 1.25rem } .properties, .properties.many div { grid-template-columns: 1fr; gap: 0 } .properties dd { margin-bottom: .5rem } .find { margin: 0 0 .5rem; flex: 1 1 9rem } .find input { width: 100% } }`

/**
 * For paper: light colors, no controls, and nothing cut. What is folded stays folded.
 */
const PRINT = `
@page { margin: 14mm }
@media print {
  :root { color-scheme: light; --page: #fff }
  .skip, .top, .filters, footer.wide, .pager a { display: none }
  body { font-size: 11px }
  .wide { max-width: none; padding: 0 }
  main.wide { padding: 0; min-height: 0 }
  .scroll { overflow: visible }
  .block { max-height: none; overflow: visible }
  th, td, th:first-child, td:first-child, th:last-child, td:last-child { padding: .3rem .4rem }
  td.name, th.name { min-width: 8rem }
  .bar { min-width: 3rem }
  .statistics { grid-template-columns: repeat(8, 1fr) }
  .statistic { padding: .5rem .6rem }
  .statistic dd { font-size: 1.15rem }
  .chart .scroll svg { min-width: 0 }
  thead { display: table-header-group }
  h1, h2, h3, .case header { break-after: avoid }
  tr, .chart, .statistics, .signature-box, .change li { break-inside: avoid }
  .mark, .bar, .strip, .chart svg, .message, .signature-box, .change, .alert { print-color-adjust: exact }
}`

const STYLESHEET = `${COLORS}${FRAME}${PARTS}${FORMS}${CHARTS}${PRINT}\n`.trimStart()

/** Path of the stylesheet. */
export const STYLESHEET_PATH = `/assets/${digestOf(STYLESHEET)}.css`
/** Path of the icon. */
export const ICON_PATH = `/assets/${digestOf(ICON)}.svg`

const CACHE_FOREVER = { 'Cache-Control': 'public, max-age=31536000, immutable' }

/** Adds the routes. */
export function addAssets(app: App): void {
  app.get(STYLESHEET_PATH, (c) =>
    c.body(STYLESHEET, 200, { ...CACHE_FOREVER, 'Content-Type': 'text/css; charset=utf-8' }),
  )
  app.get(ICON_PATH, (c) => c.body(ICON, 200, { ...CACHE_FOREVER, 'Content-Type': 'image/svg+xml' }))
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12)
}
