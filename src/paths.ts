/**
 * Paths as people write them.
 *
 * @module
 */

/** A path with a leading `~` replaced by the home folder. A relative path stays relative. */
export function expandHome(path: string, homeDir: string): string {
  return path.replace(/^~(?=$|[\\/])/, () => homeDir)
}
