// Schedule-free AdamW: an average `x` of iterates `z`, trained at `(1 - β₁) z + β₁ x`. Defazio et al.
// 2024, arXiv:2405.15682.

import { amount, optimizerFields } from './define.ts'
import type { OptimizerDefinition, OptimizerOptions } from './define.ts'
import { momentFields } from './moments.ts'
import type { MomentOptions } from './moments.ts'

/** Options of `scheduleFreeAdamW`. `learningRate` is 0.0025 by default. */
export interface ScheduleFreeAdamWOptions extends OptimizerOptions, MomentOptions {
  /** Times the rate, the share of the trained weight taken from `z`, at least 0. Default: 0. */
  readonly weightDecay?: number | undefined
  /** The power of the step in its share of the average, at least 0. Default: 0. */
  readonly stepPower?: number | undefined
  /** The power of the largest rate so far in that share, at least 0. Default: 2. */
  readonly ratePower?: number | undefined
}

/** The config of `scheduleFreeAdamW`. */
export interface ScheduleFreeAdamWConfig extends ScheduleFreeAdamWOptions {
  readonly type: 'scheduleFreeAdamW'
}

/**
 * Schedule-free AdamW, as facebookresearch/schedule_free: a constant rate after a warm-up (give
 * `warmup(rate, ...)` as the rate) does as well as one that decays. `evaluate`, validation, `predict`
 * and `save` use the average `x`; running statistics are those of the trained weights.
 *
 * @example
 * ```ts
 * scheduleFreeAdamW({ learningRate: warmup(2.5e-3, { over: { steps: 500 } }) })
 * ```
 */
export function scheduleFreeAdamW(options: ScheduleFreeAdamWOptions = {}): ScheduleFreeAdamWConfig {
  return { type: 'scheduleFreeAdamW', ...options }
}

/** How `scheduleFreeAdamW` is checked. */
export const scheduleFreeAdamWOptimizer: OptimizerDefinition<ScheduleFreeAdamWConfig> = {
  type: 'scheduleFreeAdamW',
  schema: optimizerFields(
    'scheduleFreeAdamW',
    0.0025,
    {
      ...momentFields,
      weightDecay: amount.default(0),
      stepPower: amount.default(0),
      ratePower: amount.default(2),
    },
    [
      {
        path: 'average',
        message: 'scheduleFreeAdamW averages by itself: leave `average` out',
        broken: ({ average }) => average !== undefined,
      },
    ],
  ),
}
