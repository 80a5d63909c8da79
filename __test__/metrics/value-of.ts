// The value of a metric of one batch, computed natively.

import { metricOf, Tally } from '../../src/metrics/index.ts'
import type { MetricConfig, MetricValue } from '../../src/metrics/index.ts'
import { evaluate } from '../../src/tensor/index.ts'
import type { Tensor } from '../../src/tensor/index.ts'

/** What a metric finds. */
export async function valueOf(
  config: MetricConfig,
  output: Tensor,
  target: Tensor,
): Promise<MetricValue> {
  const metric = metricOf(config)
  const batch = metric.batch(output, target)
  const values = await evaluate(Object.values(batch))
  const tally = new Tally(metric)
  Object.keys(batch).forEach((key, i) => tally.add(key, values[i] ?? []))
  return tally.value
}
