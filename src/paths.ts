/**
 * Paths as people write them.
 *
 * @module
 */

/** A path with a leading `~` replaced by the home folder, if there is one. A relative path stays relative. */
export function expandHome(path: string, homeDir: string | undefined): string {
  return homeDir === undefined ? path : path.replace(/^~(?=$|[\\/])/, () => homeDir)
}

/** Whether a path begins with `~`, as `expandHome` leaves it if there is no home folder. */
export function isInHome(path: string): boolean {
  return /^~(?=$|[\\/])/.test(path)
}
