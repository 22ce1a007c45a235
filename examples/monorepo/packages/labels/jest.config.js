module.exports = {
  reporters: ['default', 'jux-reporter/jest'],
}
