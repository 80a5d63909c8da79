// Gaussian negative log-likelihood: `(log v + (m - y)² / v) / 2` of a mean `m` and a variance `v`.

import { z } from 'zod'

import { flag, number, options } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import { here } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `gaussianNll`. */
export interface GaussianNllOptions {
  /** Whether the constant `log(2 π) / 2` is added. Default: false. */
  readonly full?: boolean | undefined
  /** Variances below this count as this, above 0. Default: 1e-6. */
  readonly epsilon?: number | undefined
  /** Whether the model gives the logarithm of the variance, which may be any number. Default: false. */
  readonly logVariance?: boolean | undefined
}

/** The config of the `gaussianNll` loss. */
export interface GaussianNllConfig extends GaussianNllOptions {
  readonly type: 'gaussianNll'
}

/**
 * The mean Gaussian negative log-likelihood. Nix and Weigend 1994.
 *
 * The output is `[batch, ..., 2 d]` for a target `[batch, ..., d]`: `d` means, then `d` variances.
 * As in PyTorch a variance is a number above 0, as after `softplus`; with `logVariance` the last
 * layer needs no activation. Below `epsilon` a variance has no gradient.
 *
 * @example
 * ```ts
 * const model = sequential([dense({ units: 32, activation: 'relu' }), dense({ units: 2 })])
 * const loss = gaussianNll({ logVariance: true }) // targets [batch, 1]
 * ```
 */
export function gaussianNll(options: GaussianNllOptions = {}): GaussianNllConfig {
  return describe('gaussianNll', options)
}

/** How `gaussianNll` is checked and computed. */
export const gaussianNllLoss: LossDefinition<GaussianNllConfig, Resolved<GaussianNllConfig>> = {
  type: 'gaussianNll',
  schema: options({
    type: z.literal('gaussianNll'),
    full: flag().default(false),
    epsilon: number({ above: 0 }).default(1e-6),
    logVariance: flag().default(false),
  }),
  apply: ({ full, epsilon, logVariance }, output, target) => {
    const [mean, spread] = halves(output, target)
    const least = logVariance ? spread.maximum(Math.log(epsilon)) : spread.maximum(epsilon)
    const logarithm = logVariance ? least : least.log()
    const squared = mean.sub(target.cast('float32')).square()
    const scaled = logVariance ? squared.mul(least.neg().exp()) : squared.div(least)
    const values = logarithm.add(scaled).mul(0.5)
    return { values: full ? values.add(0.5 * Math.log(2 * Math.PI)) : values }
  },
}

/** The means and what stands for the variances. */
function halves(output: Tensor, target: Tensor): [Tensor, Tensor] {
  const width = target.shape.at(-1) ?? 0
  const wanted = [...target.shape.slice(0, -1), 2 * width]
  if (target.rank < 2 || output.shape.join() !== wanted.join()) {
    const message =
      'gaussianNll: expected an output [batch, ..., 2 d] of d means and then d variances for a ' +
      `target [batch, ..., d], got output [${output.shape.join(', ')}] and target ` +
      `[${target.shape.join(', ')}]: give the last layer 2 d units, and targets a last axis`
    throw new AttuneError('SHAPE', here(message))
  }
  const none = output.shape.map(() => 0)
  const last = output.rank - 1
  return [output.slice(none, target.shape), output.slice(none.with(last, width), output.shape)]
}
