/** The first letters of a name's words: `Ada Lovelace` is `AL`. */
export function initials(name: string): string {
  return name
    .split(/\s+/)
    .filter((word) => word !== '')
    .map((word) => word[0]?.toUpperCase())
    .join('')
}
