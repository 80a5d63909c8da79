// The list of losses: configs that become a scalar of the graph.

import type { z } from 'zod'

import { parse, union } from '../config/index.ts'
import { Tensor, withPath } from '../tensor/index.ts'
import type { TensorType } from '../tensor/index.ts'
import type { LossDefinition } from './losses/define.ts'
import { binaryCrossEntropyLoss } from './losses/binary-cross-entropy.ts'
import type { BinaryCrossEntropyConfig } from './losses/binary-cross-entropy.ts'
import { categoricalHingeLoss } from './losses/categorical-hinge.ts'
import type { CategoricalHingeConfig } from './losses/categorical-hinge.ts'
import { contrastiveLoss } from './losses/contrastive.ts'
import type { ContrastiveConfig } from './losses/contrastive.ts'
import { cosineSimilarityLoss } from './losses/cosine-similarity.ts'
import type { CosineSimilarityConfig } from './losses/cosine-similarity.ts'
import { crossEntropyLoss } from './losses/cross-entropy.ts'
import type { CrossEntropyConfig } from './losses/cross-entropy.ts'
import { ctcLoss } from './losses/ctc.ts'
import type { CtcConfig } from './losses/ctc.ts'
import { focalLoss } from './losses/focal.ts'
import type { FocalConfig } from './losses/focal.ts'
import { gaussianNllLoss } from './losses/gaussian-nll.ts'
import type { GaussianNllConfig } from './losses/gaussian-nll.ts'
import { hingeLoss } from './losses/hinge.ts'
import type { HingeConfig } from './losses/hinge.ts'
import { huberLoss } from './losses/huber.ts'
import type { HuberConfig } from './losses/huber.ts'
import { klDivergenceLoss } from './losses/kl-divergence.ts'
import type { KlDivergenceConfig } from './losses/kl-divergence.ts'
import { logCoshLoss } from './losses/log-cosh.ts'
import type { LogCoshConfig } from './losses/log-cosh.ts'
import { meanAbsoluteErrorLoss } from './losses/mean-absolute-error.ts'
import type { MeanAbsoluteErrorConfig } from './losses/mean-absolute-error.ts'
import { meanSquaredErrorLoss } from './losses/mean-squared-error.ts'
import type { MeanSquaredErrorConfig } from './losses/mean-squared-error.ts'
import { poissonLoss } from './losses/poisson.ts'
import type { PoissonConfig } from './losses/poisson.ts'
import { tripletMarginLoss } from './losses/triplet-margin.ts'
import type { TripletMarginConfig } from './losses/triplet-margin.ts'
import { weighed } from './losses/weighed.ts'
import type { Weighed, Weights } from './losses/weighed.ts'

/** Every loss by its type. */
export interface LossConfigs {
  binaryCrossEntropy: BinaryCrossEntropyConfig
  categoricalHinge: CategoricalHingeConfig
  contrastive: ContrastiveConfig
  cosineSimilarity: CosineSimilarityConfig
  crossEntropy: CrossEntropyConfig
  ctc: CtcConfig
  focal: FocalConfig
  gaussianNll: GaussianNllConfig
  hinge: HingeConfig
  huber: HuberConfig
  klDivergence: KlDivergenceConfig
  logCosh: LogCoshConfig
  meanAbsoluteError: MeanAbsoluteErrorConfig
  meanSquaredError: MeanSquaredErrorConfig
  poisson: PoissonConfig
  tripletMargin: TripletMarginConfig
}

/** The config of any loss. */
export type LossConfig = LossConfigs[keyof LossConfigs]

/** The losses. */
export const losses: { readonly [Type in keyof LossConfigs]: LossDefinition } = {
  binaryCrossEntropy: binaryCrossEntropyLoss,
  categoricalHinge: categoricalHingeLoss,
  contrastive: contrastiveLoss,
  cosineSimilarity: cosineSimilarityLoss,
  crossEntropy: crossEntropyLoss,
  ctc: ctcLoss,
  focal: focalLoss,
  gaussianNll: gaussianNllLoss,
  hinge: hingeLoss,
  huber: huberLoss,
  klDivergence: klDivergenceLoss,
  logCosh: logCoshLoss,
  meanAbsoluteError: meanAbsoluteErrorLoss,
  meanSquaredError: meanSquaredErrorLoss,
  poisson: poissonLoss,
  tripletMargin: tripletMarginLoss,
}

/** The schema of any loss. */
export const lossSchema: z.ZodType<LossConfig, LossConfig> = union(
  'loss',
  Object.fromEntries(Object.entries(losses).map(([type, { schema }]) => [type, schema])),
)

/** A loss, ready to record. */
export interface Loss {
  /** The mean loss of a batch, a scalar. */
  (output: Tensor, target: Tensor): Tensor
  /**
   * The same with the weights of samples and classes, and what the mean was divided by: an epoch's
   * loss is the mean of its batches' losses weighted by that, so it is exact whatever they hold.
   */
  weighed(output: Tensor, target: Tensor, weights?: Weights): Weighed
  /** How many classes `classWeight` weighs; nothing for losses without classes. */
  classCount(output: TensorType, target: TensorType): number | undefined
  /** What integer targets must be below, where they name scores; one label may be left out. */
  labels(
    output: readonly number[],
    target: TensorType,
  ): { readonly below: number; readonly except: number | undefined } | undefined
}

/**
 * The function that records a loss.
 *
 * @throws `AttuneError` `CONFIG` listing every problem of the config.
 * @example
 * ```ts
 * const loss = lossOf(crossEntropy())
 * loss(model.forward(x), target) // a scalar
 * ```
 */
export function lossOf(config: LossConfig): Loss {
  const resolved = parse(lossSchema, config, 'loss')
  const definition: LossDefinition = losses[resolved.type]
  const record = (output: Tensor, target: Tensor, weights: Weights = {}): Weighed =>
    withPath('loss', () => {
      const terms = definition.apply(resolved, output, target)
      return weighed(terms, weights, () => definition.classes?.(resolved, output, target))
    })
  return Object.assign((output: Tensor, target: Tensor) => record(output, target).mean, {
    weighed: record,
    classCount: (output: TensorType, target: TensorType) => {
      const given = [Tensor.input('output', output), Tensor.input('y', target)] as const
      return definition.classes?.(resolved, ...given).count
    },
    labels: (output: readonly number[], { dtype, shape }: TensorType) => {
      const below = output.at(-1)
      if (dtype === 'float32' || below === undefined) return undefined
      const names = definition.indexed === true && output.slice(0, -1).join() === shape.join()
      if (names) return { below, except: definition.ignored?.(resolved) }
      const isBinary = definition.binary === true && output.join() === shape.join()
      return isBinary ? { below: 2, except: undefined } : undefined
    },
  })
}
