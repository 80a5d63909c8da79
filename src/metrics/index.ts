// Metrics: what a run reports beside its loss.

export { accuracy } from './accuracy.ts'
export type { AccuracyConfig } from './accuracy.ts'
export { metricOf, metrics, metricSchema } from './metrics.ts'
export type { Metric, MetricConfig, MetricConfigs, MetricDefinition } from './metrics.ts'
