// Permute: the axes of each sample in another order.

import { z } from 'zod'

import { list, options, show, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'

/** Options of `permute`. */
export interface PermuteOptions {
  /** The axis of the input that each axis of the output is, counted from 1: the batch is axis 0 and stays. */
  readonly axes: readonly number[]
}

/** The config of a `permute` layer. */
export interface PermuteConfig extends PermuteOptions {
  readonly type: 'permute'
}

const permutation = list('axes', wholeNumber(1)).refine(isPermutation, {
  error: ({ input }) =>
    `expected each of 1, 2, ... up to the number of axes once, got ${show(input)}`,
})

/**
 * The axes of a sample in another order: axis `i` of the output is axis `axes[i - 1]` of the input,
 * both counted from 1, as in Keras.
 *
 * @example
 * ```ts
 * permute({ axes: [2, 1] }) // [batch, time, channels] -> [batch, channels, time]
 * ```
 */
export function permute(options: PermuteOptions): PermuteConfig {
  return describe('permute', options)
}

class Permute extends Module {
  readonly config: Resolved<PermuteConfig>

  constructor(config: Resolved<PermuteConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const { axes } = this.config
    if (axes.length === x.rank - 1) return x.transpose([0, ...axes])
    const message =
      `permute: expected an input of ${axes.length} axes beside the batch for axes ` +
      `[${axes.join(', ')}], got [${x.shape.join(', ')}]`
    throw new AttuneError('SHAPE', here(message))
  }
}

/** How `permute` is checked and built. */
export const permuteLayer: LayerDefinition<PermuteConfig, Resolved<PermuteConfig>> = {
  type: 'permute',
  schema: () =>
    options({
      type: z.literal('permute'),
      axes: permutation,
    }),
  build: (config) => new Permute(config),
}

function isPermutation(axes: readonly number[]): boolean {
  return axes.toSorted((a, b) => a - b).every((axis, i) => axis === i + 1)
}
