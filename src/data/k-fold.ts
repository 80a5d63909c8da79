// k-fold cross-validation of any data that keep samples aside: one config a fold.

import { options, parse, wholeNumber } from '../config/index.ts'
import type { ValidationSize } from './split.ts'

/** Options of `kFold`. */
export interface KFoldOptions {
  /** At least 2. Default: 5, as scikit-learn's. */
  readonly folds?: number | undefined
}

/** Data that keep samples aside for validation. */
interface Foldable {
  readonly type: string
  readonly validation?: unknown
}

const schema = options({ folds: wholeNumber(2).default(5) })

/**
 * The same data once for every fold: each sample is measured with in one of them and trained on in
 * the others. What the folds go by is the data's `validationFrom`: drawn by the run's seed (give every
 * run the same one), by class, by group or in order; by time, training samples are those before the
 * fold.
 *
 * @throws `AttuneError` `CONFIG` for fewer than 2 folds.
 * @example
 * ```ts
 * for (const data of kFold(datasets.iris({ validationFrom: 'stratified' }), { folds: 10 })) {
 *   const { history } = await new Trainer({ ...run, data }).fit()
 * }
 * ```
 */
export function kFold<Config extends Foldable>(
  data: Config,
  given: KFoldOptions = {},
): (Config & { readonly validation: ValidationSize })[] {
  const { folds } = parse(schema, given, 'kFold')
  return Array.from({ length: folds }, (_, fold) => ({
    ...data,
    validation: { fold, of: folds },
  }))
}
