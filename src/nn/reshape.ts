// Reshape: the values of each sample under another shape.

import { z } from 'zod'

import { list, oneOf, options, show, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'

/** Options of `reshape`. */
export interface ReshapeOptions {
  /** The shape of a sample, without the batch; one size may be -1 and is worked out. */
  readonly shape: readonly number[]
}

/** The config of a `reshape` layer. */
export interface ReshapeConfig extends ReshapeOptions {
  readonly type: 'reshape'
}

const sizes = list(
  'sizes',
  oneOf('a whole number of at least 1, or -1', [wholeNumber(1), z.literal(-1)]),
).refine((shape) => shape.filter((size) => size === -1).length < 2, {
  error: ({ input }) => `expected one -1 at most, which the others decide, got ${show(input)}`,
})

/**
 * The same values in the same order under another shape: `[batch, ...] -> [batch, ...shape]`.
 *
 * @example
 * ```ts
 * reshape({ shape: [28, 28, 1] })
 * ```
 */
export function reshape(options: ReshapeOptions): ReshapeConfig {
  return describe('reshape', options)
}

class Reshape extends Module {
  readonly config: Resolved<ReshapeConfig>

  constructor(config: Resolved<ReshapeConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    const [batch, ...rest] = x.shape
    if (batch === undefined) {
      throw new AttuneError('SHAPE', here('reshape: expected an input [batch, ...], got a scalar'))
    }
    const { shape } = this.config
    const given = elements(shape.filter((size) => size !== -1))
    const open = shape.includes(-1)
    const values = elements(rest)
    if (open ? given === 0 || values % given !== 0 : given !== values) {
      const message =
        `reshape: a sample [${rest.join(', ')}] of ${values} values does not fit ` +
        `[${shape.join(', ')}]: give a shape of as many values`
      throw new AttuneError('SHAPE', here(message))
    }
    return x.reshape([batch, ...shape.map((size) => (size === -1 ? values / given : size))])
  }
}

/** How `reshape` is checked and built. */
export const reshapeLayer: LayerDefinition<ReshapeConfig, Resolved<ReshapeConfig>> = {
  type: 'reshape',
  schema: () =>
    options({
      type: z.literal('reshape'),
      shape: sizes,
    }),
  build: (config) => new Reshape(config),
}
