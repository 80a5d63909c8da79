// The list of metrics: configs that become scalars of the graph, computed inside the step.

import type { z } from 'zod'

import { parse, union } from '../config/index.ts'
import { withPath } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { accuracyMetric } from './accuracy.ts'
import type { AccuracyConfig } from './accuracy.ts'

/** One metric. `Resolved` is its config with the defaults filled in. */
export interface MetricDefinition<
  Config extends { readonly type: string } = { readonly type: string },
  Resolved = unknown,
> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Resolved, Config>
  /** The mean over the terms, a scalar. */
  apply(config: Resolved, output: Tensor, target: Tensor): Tensor
  /** How many terms the mean runs over, for an output of this shape. */
  terms(output: readonly number[]): number
}

/** Every metric by its type. */
export interface MetricConfigs {
  accuracy: AccuracyConfig
}

/** The config of any metric. */
export type MetricConfig = MetricConfigs[keyof MetricConfigs]

/** The metrics. */
export const metrics: { readonly [Type in keyof MetricConfigs]: MetricDefinition } = {
  accuracy: accuracyMetric,
}

/** The schema of any metric. */
export const metricSchema: z.ZodType<MetricConfig, MetricConfig> = union(
  'metric',
  Object.fromEntries(Object.entries(metrics).map(([type, { schema }]) => [type, schema])),
)

/** A metric, ready to record. */
export interface Metric {
  /** The mean of a batch, a scalar. */
  (output: Tensor, target: Tensor): Tensor
  /** The name events carry it under: `train.<label>`, `val.<label>`. */
  readonly label: string
  /** How many terms that mean runs over, for an output of this shape. */
  terms(output: readonly number[]): number
}

/**
 * The function that records a metric.
 *
 * @throws `AttuneError` `CONFIG` listing every problem of the config.
 * @example
 * ```ts
 * const metric = metricOf(accuracy())
 * metric(model.call(x), target) // a scalar
 * ```
 */
export function metricOf(config: MetricConfig): Metric {
  const resolved = parse(metricSchema, config, 'metrics')
  const definition: MetricDefinition = metrics[resolved.type]
  const record = (output: Tensor, target: Tensor): Tensor =>
    withPath('metrics', () => definition.apply(resolved, output, target))
  return Object.assign(record, {
    label: resolved.type,
    terms: (shape: readonly number[]) => definition.terms(shape),
  })
}
