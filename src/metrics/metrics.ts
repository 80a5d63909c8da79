// The list of metrics: configs that become sums of the native step, and a value over a whole split.

import { z } from 'zod'

import { parse, union } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { withPath } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { isMetric } from './define.ts'
import type { CustomMetric, MetricDefinition, MetricRule } from './define.ts'
import { accuracyMetric } from './accuracy.ts'
import type { AccuracyConfig } from './accuracy.ts'
import { balancedAccuracyMetric } from './balanced-accuracy.ts'
import type { BalancedAccuracyConfig } from './balanced-accuracy.ts'
import { brierMetric } from './brier.ts'
import type { BrierConfig } from './brier.ts'
import { cohenKappaMetric } from './cohen-kappa.ts'
import type { CohenKappaConfig } from './cohen-kappa.ts'
import { confusionMatrixMetric } from './confusion-matrix.ts'
import type { ConfusionMatrixConfig } from './confusion-matrix.ts'
import { expectedCalibrationErrorMetric } from './expected-calibration-error.ts'
import type { ExpectedCalibrationErrorConfig } from './expected-calibration-error.ts'
import { f1Metric } from './f1.ts'
import type { F1Config } from './f1.ts'
import { fBetaMetric } from './f-beta.ts'
import type { FBetaConfig } from './f-beta.ts'
import { logLossMetric } from './log-loss.ts'
import type { LogLossConfig } from './log-loss.ts'
import { mapeMetric } from './mape.ts'
import type { MapeConfig } from './mape.ts'
import { mccMetric } from './mcc.ts'
import type { MccConfig } from './mcc.ts'
import { meanAbsoluteErrorMetric } from './mean-absolute-error.ts'
import type { MeanAbsoluteErrorMetricConfig } from './mean-absolute-error.ts'
import { meanSquaredErrorMetric } from './mean-squared-error.ts'
import type { MeanSquaredErrorMetricConfig } from './mean-squared-error.ts'
import { perplexityMetric } from './perplexity.ts'
import type { PerplexityConfig } from './perplexity.ts'
import { prAucMetric } from './pr-auc.ts'
import type { PrAucConfig } from './pr-auc.ts'
import { precisionMetric } from './precision.ts'
import type { PrecisionConfig } from './precision.ts'
import { r2Metric } from './r2.ts'
import type { R2Config } from './r2.ts'
import { recallMetric } from './recall.ts'
import type { RecallConfig } from './recall.ts'
import { rmseMetric } from './rmse.ts'
import type { RmseConfig } from './rmse.ts'
import { rocAucMetric } from './roc-auc.ts'
import type { RocAucConfig } from './roc-auc.ts'
import { topKMetric } from './top-k.ts'
import type { TopKConfig } from './top-k.ts'

/** Every described metric by its type. Registered ones join by declaration merging. */
export interface MetricConfigs {
  accuracy: AccuracyConfig
  balancedAccuracy: BalancedAccuracyConfig
  brier: BrierConfig
  cohenKappa: CohenKappaConfig
  confusionMatrix: ConfusionMatrixConfig
  expectedCalibrationError: ExpectedCalibrationErrorConfig
  f1: F1Config
  fBeta: FBetaConfig
  logLoss: LogLossConfig
  mape: MapeConfig
  mcc: MccConfig
  meanAbsoluteError: MeanAbsoluteErrorMetricConfig
  meanSquaredError: MeanSquaredErrorMetricConfig
  perplexity: PerplexityConfig
  prAuc: PrAucConfig
  precision: PrecisionConfig
  r2: R2Config
  recall: RecallConfig
  rmse: RmseConfig
  rocAuc: RocAucConfig
  topK: TopKConfig
}

/** The config of any metric. */
export type MetricConfig = MetricConfigs[keyof MetricConfigs]

const builtIn: { readonly [Type in keyof MetricConfigs]: MetricDefinition } = {
  accuracy: accuracyMetric,
  balancedAccuracy: balancedAccuracyMetric,
  brier: brierMetric,
  cohenKappa: cohenKappaMetric,
  confusionMatrix: confusionMatrixMetric,
  expectedCalibrationError: expectedCalibrationErrorMetric,
  f1: f1Metric,
  fBeta: fBetaMetric,
  logLoss: logLossMetric,
  mape: mapeMetric,
  mcc: mccMetric,
  meanAbsoluteError: meanAbsoluteErrorMetric,
  meanSquaredError: meanSquaredErrorMetric,
  perplexity: perplexityMetric,
  prAuc: prAucMetric,
  precision: precisionMetric,
  r2: r2Metric,
  recall: recallMetric,
  rmse: rmseMetric,
  rocAuc: rocAucMetric,
  topK: topKMetric,
}

const definitions = new Map<string, MetricDefinition>(Object.entries(builtIn))

/**
 * The schema of any described metric, the registered ones included.
 *
 * @example
 * ```ts
 * parse(metricSchema(), { type: 'f1', average: 'micro' })
 * ```
 */
export function metricSchema(): z.ZodType<MetricConfig, MetricConfig> {
  const schemas = [...definitions].map(([type, { schema }]) => [type, schema] as const)
  return union<MetricConfig>('metric', Object.fromEntries(schemas))
}

/**
 * The types of all metrics.
 *
 * @example
 * ```ts
 * metricTypes().includes('f1') // true
 * ```
 */
export function metricTypes(): string[] {
  return [...definitions.keys()]
}

/**
 * Gives a metric a name, under which configs, YAML and checkpoints can hold it; the factory of its
 * configs.
 *
 * @param make how it is computed, given its options.
 * @param optionsSchema what its options must be, `type` included. Default: any object.
 * @throws `AttuneError` `CONFIG` where the name is taken.
 * @example
 * ```ts
 * const within = registerMetric('within', ({ limit }: { limit: number }) => ({
 *   batch: (output, target) => ({
 *     hits: output.sub(target).abs().less(limit).sum(),
 *     all: Tensor.full([], output.size),
 *   }),
 *   finish: ({ hits, all }) => (hits[0] ?? 0) / (all[0] ?? 0),
 * }))
 * const metrics = [within({ limit: 0.1 })]
 * ```
 */
export function registerMetric<Options extends object, Key extends string>(
  type: string,
  make: (options: Options) => MetricRule<Key>,
  optionsSchema?: z.ZodType,
): (options: Options) => MetricConfig {
  if (definitions.has(type)) {
    throw new AttuneError('CONFIG', `a metric named \`${type}\` exists: choose another name`)
  }
  definitions.set(type, {
    type,
    schema: optionsSchema ?? z.looseObject({ type: z.literal(type) }),
    make: (config: unknown) => make(config as Options),
  } as unknown as MetricDefinition)
  return (options) => ({ type, ...options }) as unknown as MetricConfig
}

/** A metric, ready to record. */
export interface Metric extends Required<Omit<MetricRule, 'batch'>> {
  /** The name events carry it under: `train.<label>`, `val.<label>`. */
  readonly label: string
  /** What a step computes of a batch. */
  batch(output: Tensor, target: Tensor): Readonly<Record<string, Tensor>>
}

/**
 * The metric of a config, or of one's own.
 *
 * @param where its config path, for messages. Default: `metrics`.
 * @throws `AttuneError` `CONFIG` listing every problem of the config.
 * @example
 * ```ts
 * const { batch, finish } = metricOf(accuracy())
 * ```
 */
export function metricOf(config: MetricConfig | CustomMetric, where = 'metrics'): Metric {
  if (isMetric(config)) return metric(config.name, config)
  const resolved = parse(metricSchema(), config, where)
  const definition = definitions.get(resolved.type)
  if (definition === undefined) throw new AttuneError('INTERNAL', `no metric ${resolved.type}`)
  const suffix = definition.suffix?.(resolved)
  const label = suffix === undefined ? resolved.type : `${resolved.type}.${suffix}`
  return metric(label, definition.make(resolved))
}

/**
 * The metrics of a run, whose names must differ.
 *
 * @param where their config path, for messages.
 * @throws `AttuneError` `CONFIG`.
 * @example
 * ```ts
 * const [accuracy, f1] = metricsOf(config.metrics, 'metrics')
 * ```
 */
export function metricsOf(
  configs: readonly (MetricConfig | CustomMetric)[],
  where: string,
): readonly Metric[] {
  const all = configs.map((config, i) => metricOf(config, `${where}.${i}`))
  all.forEach(({ label }, i) => {
    const first = all.findIndex((one) => one.label === label)
    const taken = reserved.has(label)
    if (first === i && !taken) return
    const what = taken ? 'which means something else' : `as ${where}.${first} is`
    const message = `${where}.${i}: named \`${label}\`, ${what}: leave it out or rename it`
    throw new AttuneError('CONFIG', message)
  })
  return all
}

const reserved: ReadonlySet<string> = new Set(['loss', 'penalty'])

function metric(label: string, rule: MetricRule): Metric {
  const gathers = rule.gathers ?? 'sums'
  return {
    label,
    gathers,
    training: rule.training ?? gathers !== 'samples',
    scalar: rule.scalar ?? true,
    batch: (output, target) => withPath(`metrics.${label}`, () => rule.batch(output, target)),
    finish: (totals) => rule.finish(totals),
  }
}
