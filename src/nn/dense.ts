// Dense: `y = activation(x W + b)` over the last axis.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { kernelFields, KernelLayer } from './kernel.ts'
import type { KernelDefaults, KernelOptions } from './kernel.ts'

/** Options of `dense`. */
export interface DenseOptions extends KernelOptions {
  /** The size of the output's last axis, at least 1. */
  readonly units: number
}

/** The config of a `dense` layer. */
export interface DenseConfig extends DenseOptions {
  readonly type: 'dense'
}

type ResolvedDense = DenseConfig & KernelDefaults

/**
 * A fully connected layer: `[..., in] -> [..., units]`, with `weight` `[in, units]` and `bias`
 * `[units]`. The size `in` is that of its first input; both begin within ±1 / √in.
 *
 * @example
 * ```ts
 * dense({ units: 128, activation: 'relu' })
 * ```
 */
export function dense(options: DenseOptions): DenseConfig {
  return describe('dense', options)
}

class Dense extends KernelLayer<ResolvedDense> {
  override forward(x: Tensor): Tensor {
    const { units } = this.config
    const inputs = x.shape.at(-1)
    if (inputs === undefined) {
      throw new AttuneError('SHAPE', here('dense: expected an input [..., in], got a scalar'))
    }
    const fans = { fanIn: inputs, fanOut: units }
    const weight = this.weight([inputs, units], fans)
    const rows = x.rank === 2 ? x : x.reshape([elements(x.shape.slice(0, -1)), inputs])
    const outer = x.rank === 2 ? undefined : x.shape.slice(0, -1)
    return this.finish(rows.matMul(weight), units, fans, outer)
  }
}

/** How `dense` is checked and built. */
export const denseLayer: LayerDefinition<DenseConfig, ResolvedDense> = {
  type: 'dense',
  schema: () => options({ type: z.literal('dense'), units: wholeNumber(1), ...kernelFields }),
  build: (config) => new Dense(config),
}
