/** A title as part of an address: lower case, words joined by hyphens. */
exports.slug = (title) =>
  title
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
