module.exports = {
  testLocationInResults: true,
  reporters: ['default', 'jux-reporter/jest'],
}
