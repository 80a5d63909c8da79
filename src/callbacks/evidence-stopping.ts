// Evidence-based stopping: `1 - B mean(g² / Σ) > 0`, `g` the mean gradient of `B` samples and `Σ` its variance.
// Mahsereci, Balles, Lassner and Hennig 2017, arXiv:1703.09580.

import { z } from 'zod'

import { number, options, wholeNumber } from '../config/index.ts'
import { checking, everyField } from './checks.ts'
import type { Every } from './checks.ts'
import type { CallbackDefinition, GradientMoments } from './define.ts'

/** Options of `evidenceStopping`. */
export interface EvidenceStoppingOptions {
  /** The samples `B` whose gradients are looked at, at least 2. Default: 128. */
  readonly samples?: number | undefined
  /** When they are looked at. Default: every `epoch`. */
  readonly every?: Every | undefined
  /** Checks in a row that must find no evidence, at least 1. Default: 1. */
  readonly patience?: number | undefined
  /** Added to each variance, at least 0; it makes small gradients count as noise. Default: 0. */
  readonly epsilon?: number | undefined
}

/** The config of `evidenceStopping`. */
export interface EvidenceStoppingConfig extends EvidenceStoppingOptions {
  readonly type: 'evidenceStopping'
}

interface ResolvedEvidenceStopping {
  readonly type: 'evidenceStopping'
  readonly samples: number
  readonly every: Every
  readonly patience: number
  readonly epsilon: number
}

/**
 * Ends the run when the gradients of single samples look like noise around 0: no validation data
 * are needed. Each check computes the gradients of `samples` training samples one by one, without
 * dropout and with running statistics. The paper is about plain SGD.
 *
 * @example
 * ```ts
 * evidenceStopping({ samples: 256, patience: 2 })
 * ```
 */
export function evidenceStopping(options: EvidenceStoppingOptions = {}): EvidenceStoppingConfig {
  return { type: 'evidenceStopping', ...options }
}

/**
 * The evidence against going on, `1 - B mean(g² / (Σ + epsilon))`: above 0 the gradient cannot be
 * told from noise. Weights whose gradients are all 0 do not count.
 *
 * @example
 * ```ts
 * evidence({ samples: 4, mean: Float64Array.of(0.5), variance: Float64Array.of(4) }) // 0.75
 * ```
 */
export function evidence({ samples, mean, variance }: GradientMoments, epsilon = 0): number {
  let sum = 0
  let counted = 0
  for (let i = 0; i < mean.length; i++) {
    const square = (mean[i] ?? 0) ** 2
    const spread = variance[i] ?? 0
    if (square === 0 && spread === 0) continue
    sum += square / (spread + epsilon)
    counted += 1
  }
  return counted === 0 ? 1 : 1 - (samples * sum) / counted
}

/** How `evidenceStopping` is checked and made. */
export const evidenceStoppingCallback: CallbackDefinition<
  EvidenceStoppingConfig,
  ResolvedEvidenceStopping
> = {
  type: 'evidenceStopping',
  schema: options({
    type: z.literal('evidenceStopping'),
    samples: wholeNumber(2).default(128),
    every: everyField.default('epoch'),
    patience: wholeNumber(1).default(1),
    epsilon: number({ from: 0 }).default(0),
  }),
  make: ({ samples, every, patience, epsilon }) => {
    let without = 0
    return {
      ...checking(every, async ({ probe }) => {
        const found = evidence(await probe.gradientMoments(samples), epsilon)
        without = found > 0 ? without + 1 : 0
        if (without < patience) return undefined
        const reason = `the gradients look like noise: evidence against going on ${found.toFixed(3)}`
        return { stop: true, reason }
      }),
      state: () => ({ without }),
      restore: (state) => ({ without } = state as { without: number }),
    }
  },
}
