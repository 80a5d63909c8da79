// Flatten: every axis but the first as one.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { Module } from './module.ts'

/** The config of a `flatten` layer. */
export interface FlattenConfig {
  readonly type: 'flatten'
}

/**
 * Joins every axis but the first: `[batch, ...] -> [batch, features]`.
 *
 * @example
 * ```ts
 * flatten()
 * ```
 */
export function flatten(): FlattenConfig {
  return describe('flatten', {})
}

class Flatten extends Module {
  override forward(x: Tensor): Tensor {
    const [batch, ...rest] = x.shape
    if (batch === undefined) {
      throw new AttuneError('SHAPE', here('flatten: expected an input [batch, ...], got a scalar'))
    }
    return x.reshape([batch, elements(rest)])
  }
}

/** How `flatten` is checked and built. */
export const flattenLayer: LayerDefinition<FlattenConfig, FlattenConfig> = {
  type: 'flatten',
  schema: () => options({ type: z.literal('flatten') }),
  build: () => new Flatten(),
}
