// Metrics: what a run reports beside its loss, exact over a whole split.

export { accuracy } from './accuracy.ts'
export type { AccuracyConfig } from './accuracy.ts'
export { balancedAccuracy } from './balanced-accuracy.ts'
export type { BalancedAccuracyConfig, BalancedAccuracyOptions } from './balanced-accuracy.ts'
export { brier } from './brier.ts'
export type { BrierConfig } from './brier.ts'
export { cohenKappa } from './cohen-kappa.ts'
export type { CohenKappaConfig, CohenKappaOptions, KappaWeights } from './cohen-kappa.ts'
export { confusionMatrix } from './confusion-matrix.ts'
export type {
  ConfusionMatrixConfig,
  ConfusionMatrixOptions,
  Normalised,
} from './confusion-matrix.ts'
export { expectedCalibrationError } from './expected-calibration-error.ts'
export type {
  ExpectedCalibrationErrorConfig,
  ExpectedCalibrationErrorOptions,
} from './expected-calibration-error.ts'
export { f1 } from './f1.ts'
export type { F1Config, F1Options } from './f1.ts'
export { fBeta } from './f-beta.ts'
export type { FBetaConfig, FBetaOptions } from './f-beta.ts'
export { logLoss } from './log-loss.ts'
export type { LogLossConfig } from './log-loss.ts'
export { mape } from './mape.ts'
export type { MapeConfig } from './mape.ts'
export { mcc } from './mcc.ts'
export type { MccConfig } from './mcc.ts'
export { perplexity } from './perplexity.ts'
export type { PerplexityConfig } from './perplexity.ts'
export { prAuc } from './pr-auc.ts'
export type { PrAucConfig } from './pr-auc.ts'
export { precision } from './precision.ts'
export type { PrecisionConfig, PrecisionOptions } from './precision.ts'
export { r2 } from './r2.ts'
export type { R2Config } from './r2.ts'
export { recall } from './recall.ts'
export type { RecallConfig, RecallOptions } from './recall.ts'
export { rmse } from './rmse.ts'
export type { RmseConfig } from './rmse.ts'
export { rocAuc } from './roc-auc.ts'
export type { RocAucConfig } from './roc-auc.ts'
export { topK } from './top-k.ts'
export type { TopKConfig, TopKOptions } from './top-k.ts'
export type { AverageOption, ClassAverage, ClassesOption } from './class-counts.ts'
export { classificationReport, reportOf, reportRule, reportText } from './classification-report.ts'
export type { ClassificationReport, ReportOptions, ReportRow } from './classification-report.ts'
export type { ThresholdOption } from './classes.ts'
export { defineMetric, isMetric } from './define.ts'
export type {
  CustomMetric,
  Gathers,
  MetricDetail,
  MetricRule,
  MetricValue,
  Totals,
} from './define.ts'
export { metricOf, metricSchema, metricsOf, metricTypes, registerMetric } from './metrics.ts'
export type { Metric, MetricConfig, MetricConfigs } from './metrics.ts'
export { metrics } from './on-arrays.ts'
export type { FromLogitsOption } from './probabilities.ts'
export type { RankAverage, RankOptions } from './ranked.ts'
export type { OutputsOption } from './regression.ts'
export { Tally } from './tally.ts'
