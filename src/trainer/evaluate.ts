// Evaluation: a data set measured with metrics and a report that are asked for.

import type { Source } from '../data/index.ts'
import { metricOf, metricsOf, reportOf, reportRule } from '../metrics/index.ts'
import type { CustomMetric, MetricConfig, MetricDetail } from '../metrics/index.ts'
import type { LossConfig } from '../nn/index.ts'
import { Programs } from './compiled.ts'
import type { Engine } from './engine.ts'
import { measure } from './measure.ts'
import type { Measures } from './measure.ts'
import { viewsOf } from './views.ts'
import type { ViewOptions } from './views.ts'

/** Options of `evaluate`. */
export interface EvaluateOptions extends ViewOptions {
  /** What is measured beside the loss. Default: the run's metrics. */
  readonly metrics?: readonly (MetricConfig | CustomMetric)[] | undefined
  /** Whether the classification report is part of the result. Default: false. */
  readonly report?: boolean | undefined
}

/** What is measured. */
export interface Evaluation {
  readonly samples: Source
  readonly batchSize: number
  readonly loss: LossConfig
  /** The names of the classes. */
  readonly classes: readonly string[] | undefined
}

const counts = 'reportCounts'

/**
 * The loss, the metrics and the report over all samples of a data set.
 *
 * @throws `AttuneError` `CONFIG` for metrics that are none, `SHAPE` for those that do not fit the model.
 * @example
 * ```ts
 * const { report } = await evaluateOn(engine, programs, evaluation, { report: true })
 * ```
 */
export async function evaluateOn(
  engine: Engine,
  programs: Programs,
  { samples, batchSize, loss, classes }: Evaluation,
  { metrics, report = false, views: given }: EvaluateOptions,
): Promise<Measures> {
  const views = viewsOf(given, 'evaluate')
  const asIs = metrics === undefined && !report && views === undefined
  if (asIs) return measure(engine, programs, samples, batchSize)
  const probable = loss.type === 'binaryCrossEntropy' && loss.fromLogits === false
  const counted = metricOf({ name: counts, ...reportRule(probable ? 0.5 : undefined) })
  const asked =
    metrics === undefined ? programs.parts.metrics : metricsOf(metrics, 'evaluate.metrics')
  const parts = { ...programs.parts, views, metrics: report ? [...asked, counted] : asked }
  const own = new Programs(parts, engine)
  try {
    const { details = {}, ...measures } = await measure(engine, own, samples, batchSize)
    const { [counts]: table, ...others } = details
    return {
      ...measures,
      ...(Object.keys(others).length > 0 && { details: others }),
      ...(table && { report: reportOf(classCountsOf(table), classes) }),
    }
  } finally {
    own.release()
  }
}

function classCountsOf(table: MetricDetail): Parameters<typeof reportOf>[0] {
  const [hits, chosen, support] = (table as number[][]).map((row) => Float64Array.from(row))
  const none = new Float64Array()
  return { hits: hits ?? none, chosen: chosen ?? none, support: support ?? none }
}
