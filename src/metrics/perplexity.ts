// Perplexity: `e` to the mean log loss, among how many equally likely classes a model wavers.

import { z } from 'zod'

import { options } from '../config/index.ts'
import type { MetricDefinition } from './define.ts'
import { entropyRule, logLossOf } from './log-loss.ts'
import { fromLogitsField } from './probabilities.ts'
import type { FromLogitsOption } from './probabilities.ts'

/** The config of the `perplexity` metric. */
export interface PerplexityConfig extends FromLogitsOption {
  readonly type: 'perplexity'
}

interface ResolvedPerplexity {
  readonly type: 'perplexity'
  readonly fromLogits: boolean
}

/**
 * `exp` of the mean log loss over all terms of a split: for a language model with outputs
 * `[batch, time, tokens]` that of a token. Labels that are no class are left out.
 *
 * @example
 * ```ts
 * const metrics = [perplexity()]
 * ```
 */
export function perplexity(options: FromLogitsOption = {}): PerplexityConfig {
  return { type: 'perplexity', ...options }
}

/** How `perplexity` is checked and computed. */
export const perplexityMetric: MetricDefinition<PerplexityConfig, ResolvedPerplexity> = {
  type: 'perplexity',
  schema: options({ type: z.literal('perplexity'), fromLogits: fromLogitsField }),
  make: ({ fromLogits }) => entropyRule('perplexity', fromLogits, Math.exp),
}

/**
 * The perplexity on arrays.
 *
 * @param probabilities of class 1, one a target; or of all classes, row after row.
 * @example
 * ```ts
 * perplexityOf([0, 1], [0.5, 0.5]) // 2
 * ```
 */
export function perplexityOf(target: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  return Math.exp(logLossOf(target, probabilities))
}
