/**
 * Where a run took place.
 *
 * @module
 */
import type { Property } from '../model.js'
import type { System } from '../system.js'

/** Host, user, platform and Node version; a user id without a name leaves the user out. */
export function hostFacts(system: System): readonly Property[] {
  return [
    { name: 'jux:hostname', value: system.hostname },
    { name: 'jux:username', value: system.username ?? '' },
    { name: 'jux:platform', value: platformText(system) },
    { name: 'jux:node_version', value: system.nodeVersion },
  ]
}

const PLATFORM_NAMES: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  linux: 'Linux',
  darwin: 'macOS',
  win32: 'Windows',
  freebsd: 'FreeBSD',
}

function platformText({ platform, osRelease, arch }: System): string {
  return [PLATFORM_NAMES[platform] ?? platform, osRelease, arch].filter((part) => part !== '').join('-')
}
