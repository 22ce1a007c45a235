// The measuring reporter as Jest makes one: with `new`, of a module's default export.
import { measuredReporter } from './measuring-reporter.mjs'

export default function MeasuringReporter(globalConfig) {
  return measuredReporter(globalConfig)
}
