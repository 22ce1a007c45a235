// The measuring reporter for Jest, which calls the default export of a module with `new`.
import { measuredReporter } from './measuring-reporter.mjs'

export default function MeasuringReporter(globalConfig) {
  return measuredReporter(globalConfig)
}
