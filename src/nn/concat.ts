// Concat: the outputs of several branches side by side.

import { z } from 'zod'

import { integer, list, options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, TypedConfig } from './define.ts'
import type { LayerConfig } from './layers.ts'
import { Module } from './module.ts'

/** Options of `concat`. */
export interface ConcatOptions {
  /** What the input goes through, at least one; their names are `branches.0`, ... `sequential([])` hands it on. */
  readonly branches: readonly LayerConfig[]
  /** The axis they are joined along; negative ones count from the last. The batch is axis 0. Default: -1. */
  readonly axis?: number | undefined
}

/** The config of a `concat` layer. */
export interface ConcatConfig extends ConcatOptions {
  readonly type: 'concat'
}

type ResolvedConcat = ConcatConfig & { readonly axis: number }

/**
 * Every branch of the same input, joined along an axis: `[batch, ..., c] -> [batch, ..., c1 + c2 + ...]`.
 *
 * @example
 * ```ts
 * concat({ branches: [conv2d({ filters: 8, kernelSize: 1 }), maxPool2d({ poolSize: 1 })] })
 * ```
 */
export function concat(options: ConcatOptions): ConcatConfig {
  return describe('concat', options)
}

class Concat extends Module {
  readonly axis: number
  readonly branches: readonly Module[]

  constructor({ branches, axis }: ResolvedConcat, make: (config: TypedConfig) => Module) {
    super()
    this.axis = axis
    this.branches = branches.map(make)
  }

  override forward(x: Tensor): Tensor {
    const [first, ...others] = this.branches.map((branch) => branch.forward(x))
    if (first === undefined) return x
    const axis = this.axis < 0 ? first.rank + this.axis : this.axis
    if (axis < 1 || axis >= first.rank) {
      const message =
        `concat: expected an axis from 1 to ${first.rank - 1}, or one from the last, ` +
        `for branches of rank ${first.rank}, got ${this.axis}`
      throw new AttuneError('SHAPE', here(message))
    }
    return first.concat(others, axis)
  }
}

/** How `concat` is checked and built. */
export const concatLayer: LayerDefinition<ConcatConfig, ResolvedConcat> = {
  type: 'concat',
  schema: (layer) =>
    options({
      type: z.literal('concat'),
      branches: list('layers', layer as z.ZodType<LayerConfig, LayerConfig>).min(1, {
        error: 'expected at least one branch, got none',
      }),
      axis: integer().default(-1),
    }),
  build: (config, make) => new Concat(config, make),
}
