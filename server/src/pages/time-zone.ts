/**
 * The time zone of the viewer, in which a page shows its times.
 *
 * A server cannot know it, so the one script of the pages tells it with a cookie. Without scripts or cookies, times are UTC.
 *
 * @module
 */
import { AsyncLocalStorage } from 'node:async_hooks'
import { createHash } from 'node:crypto'

/** The cookie with the name of a time zone of the IANA database. */
export const ZONE_COOKIE = 'jux_zone'

/** Sets the cookie, and loads the page again if that changes its times. */
export const ZONE_SCRIPT = `(() => {
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone
  const shown = () => /(?:^|; )${ZONE_COOKIE}=([^;]+)/.exec(document.cookie)?.[1] ?? 'UTC'
  if (shown() === zone) return
  document.cookie = '${ZONE_COOKIE}=' + zone + '; path=/; max-age=31536000; samesite=strict'
  if (shown() === zone) location.reload()
})()`

/** The source expression that allows this script, and no other (CSP Level 3, "hash-source"). */
export const ZONE_SCRIPT_SOURCE = `'sha256-${createHash('sha256').update(ZONE_SCRIPT).digest('base64')}'`

const UTC = 'UTC'
/** The zone of the page that is being made. The functions that format times are called all over its components. */
const current = new AsyncLocalStorage<string>()
const known = new Map<string, Intl.DateTimeFormat>()
/** Number of zones with a formatter. The names come from cookies. */
const MAX_KNOWN = 100

/** A time in the zone of the viewer. */
export interface ZonedTime {
  readonly year: number
  /** From 1. */
  readonly month: number
  readonly day: number
  readonly hour: number
  readonly minute: number
  readonly second: number
  /** The name of the zone at this time, such as `UTC`, `CET` or `GMT+2`. */
  readonly zone: string
}

/** Makes a page in the zone that the header Cookie names, if there is such a zone. */
export function inZoneOf<T>(cookies: string | undefined, make: () => T): T {
  return current.run(zoneIn(cookies) ?? UTC, make)
}

/** The parts of a time, in the zone of the viewer. */
export function zonedTime(ms: number): ZonedTime {
  const zone = current.getStore() ?? UTC
  const parts = new Map<string, string>(
    (formatter(zone) ?? UTC_FORMATTER).formatToParts(ms).map((part) => [part.type, part.value]),
  )
  const number = (type: Intl.DateTimeFormatPartTypes) => Number(parts.get(type))
  return {
    year: number('year'),
    month: number('month'),
    day: number('day'),
    hour: number('hour'),
    minute: number('minute'),
    second: number('second'),
    zone: zone === UTC ? UTC : (parts.get('timeZoneName') ?? zone),
  }
}

/** The name of the zone of the page that is being made. */
export function zoneName(): string {
  return current.getStore() ?? UTC
}

function zoneIn(cookies = ''): string | undefined {
  const name = new RegExp(`(?:^|;\\s*)${ZONE_COOKIE}=([A-Za-z0-9_+/-]{1,64})(?:;|$)`).exec(cookies)?.[1]
  return name !== undefined && formatter(name) !== undefined ? name : undefined
}

function formatter(zone: string): Intl.DateTimeFormat | undefined {
  const found = known.get(zone)
  if (found !== undefined) return found
  try {
    const made = makeFormatter(zone)
    if (known.size >= MAX_KNOWN) known.clear()
    known.set(zone, made)
    return made
  } catch (error) {
    // There is no such zone.
    if (error instanceof RangeError) return undefined
    throw error
  }
}

function makeFormatter(timeZone: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
    timeZoneName: 'short',
  })
}

const UTC_FORMATTER = makeFormatter(UTC)
