// Every metric as a pure function of targets and predictions in arrays.

import { accuracyOf } from './accuracy.ts'
import { balancedAccuracyOf } from './balanced-accuracy.ts'
import { brierOf } from './brier.ts'
import { classificationReport } from './classification-report.ts'
import { cohenKappaOf } from './cohen-kappa.ts'
import { confusionMatrixOf } from './confusion-matrix.ts'
import { expectedCalibrationErrorOf } from './expected-calibration-error.ts'
import { f1Of } from './f1.ts'
import { fBetaOf } from './f-beta.ts'
import { logLossOf } from './log-loss.ts'
import { mapeOf } from './mape.ts'
import { mccOf } from './mcc.ts'
import { meanAbsoluteErrorOf } from './mean-absolute-error.ts'
import { meanSquaredErrorOf } from './mean-squared-error.ts'
import { perplexityOf } from './perplexity.ts'
import { prAucOf } from './pr-auc.ts'
import { precisionOf } from './precision.ts'
import { r2Of } from './r2.ts'
import { recallOf } from './recall.ts'
import { rmseOf } from './rmse.ts'
import { rocAucOf } from './roc-auc.ts'
import { topKOf } from './top-k.ts'

/**
 * The metrics on arrays of one's own, in float64: of true and chosen classes (`accuracy`, `f1`), of
 * true classes and scores or probabilities (`rocAuc`, `logLoss`), of targets and outputs (`rmse`).
 * They throw `AttuneError` `SHAPE` where lengths do not fit.
 *
 * @example
 * ```ts
 * metrics.f1([0, 1, 1], [0, 1, 0], { average: 'micro' })
 * metrics.rocAuc([0, 0, 1, 1], [0.1, 0.4, 0.35, 0.8]) // 0.75
 * ```
 */
export const metrics: {
  readonly accuracy: typeof accuracyOf
  readonly balancedAccuracy: typeof balancedAccuracyOf
  readonly brier: typeof brierOf
  readonly classificationReport: typeof classificationReport
  readonly cohenKappa: typeof cohenKappaOf
  readonly confusionMatrix: typeof confusionMatrixOf
  readonly expectedCalibrationError: typeof expectedCalibrationErrorOf
  readonly f1: typeof f1Of
  readonly fBeta: typeof fBetaOf
  readonly logLoss: typeof logLossOf
  readonly mape: typeof mapeOf
  readonly mcc: typeof mccOf
  readonly meanAbsoluteError: typeof meanAbsoluteErrorOf
  readonly meanSquaredError: typeof meanSquaredErrorOf
  readonly perplexity: typeof perplexityOf
  readonly prAuc: typeof prAucOf
  readonly precision: typeof precisionOf
  readonly r2: typeof r2Of
  readonly recall: typeof recallOf
  readonly rmse: typeof rmseOf
  readonly rocAuc: typeof rocAucOf
  readonly topK: typeof topKOf
} = {
  accuracy: accuracyOf,
  balancedAccuracy: balancedAccuracyOf,
  brier: brierOf,
  classificationReport,
  cohenKappa: cohenKappaOf,
  confusionMatrix: confusionMatrixOf,
  expectedCalibrationError: expectedCalibrationErrorOf,
  f1: f1Of,
  fBeta: fBetaOf,
  logLoss: logLossOf,
  mape: mapeOf,
  mcc: mccOf,
  meanAbsoluteError: meanAbsoluteErrorOf,
  meanSquaredError: meanSquaredErrorOf,
  perplexity: perplexityOf,
  prAuc: prAucOf,
  precision: precisionOf,
  r2: r2Of,
  recall: recallOf,
  rmse: rmseOf,
  rocAuc: rocAucOf,
  topK: topKOf,
}
