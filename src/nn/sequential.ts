// Sequential: layers one after the other.

import { z } from 'zod'

import { list, options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, TypedConfig } from './define.ts'
import type { LayerConfig } from './layers.ts'
import { Module } from './module.ts'

/** The config of a `sequential` model or block. */
export interface SequentialConfig {
  readonly type: 'sequential'
  /** The layers, first to last. Their names are `layers.0`, `layers.1`, ... */
  readonly layers: readonly LayerConfig[]
}

/**
 * Layers one after the other: the output of each is the input of the next.
 *
 * @example
 * ```ts
 * sequential([flatten(), dense({ units: 128, activation: 'relu' }), dense({ units: 10 })])
 * ```
 */
export function sequential(layers: readonly LayerConfig[]): SequentialConfig {
  return describe('sequential', { layers })
}

/** A module that runs its layers one after the other. */
export class Sequential extends Module {
  readonly layers: readonly Module[]

  constructor(layers: readonly Module[]) {
    super()
    this.layers = layers
  }

  override forward(x: Tensor): Tensor {
    return this.layers.reduce((value, layer) => layer.forward(value), x)
  }
}

interface ResolvedSequential {
  readonly type: 'sequential'
  readonly layers: readonly TypedConfig[]
}

/** How `sequential` is checked and built. */
export const sequentialLayer: LayerDefinition<SequentialConfig, ResolvedSequential> = {
  type: 'sequential',
  schema: (layer) =>
    options({
      type: z.literal('sequential'),
      layers: list('layers', layer as z.ZodType<LayerConfig, LayerConfig>),
    }),
  build: (config, make) => new Sequential(config.layers.map(make)),
}
