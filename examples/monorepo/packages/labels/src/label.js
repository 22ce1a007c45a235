/** What stands on a parcel. */
exports.label = ({ name, city }) => `${name}, ${city.toUpperCase()}`
