// Activation functions, by name, and the layer that applies one.

import { z } from 'zod'

import { choice, options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'

/** The name of an activation function; `softmax` and `logSoftmax` run along the last axis. */
export type ActivationName =
  | 'relu'
  | 'gelu'
  | 'silu'
  | 'softplus'
  | 'tanh'
  | 'sigmoid'
  | 'softmax'
  | 'logSoftmax'

const functions: Record<ActivationName, (x: Tensor) => Tensor> = {
  relu: (x) => x.relu(),
  gelu: (x) => x.gelu(),
  silu: (x) => x.silu(),
  softplus: (x) => x.softplus(),
  tanh: (x) => x.tanh(),
  sigmoid: (x) => x.sigmoid(),
  softmax: (x) => x.softmax(),
  logSoftmax: (x) => x.logSoftmax(),
}

/** The schema of an activation's name. */
export const activationName: z.ZodType<ActivationName, ActivationName> = choice(
  Object.keys(functions) as [ActivationName, ...ActivationName[]],
)

/**
 * Applies the activation function of that name; none where there is no name.
 *
 * @example
 * ```ts
 * activate('relu', Tensor.from([-1, 1])) // [0, 1]
 * ```
 */
export function activate(name: ActivationName | undefined, x: Tensor): Tensor {
  return name === undefined ? x : functions[name](x)
}

/** Options of `activation`. */
export interface ActivationOptions {
  /** The function: `relu`, `gelu` (exact), `silu`, `softplus`, `tanh`, `sigmoid`, `softmax`, `logSoftmax`. */
  readonly name: ActivationName
}

/** The config of an `activation` layer. */
export interface ActivationConfig extends ActivationOptions {
  readonly type: 'activation'
}

/**
 * An activation function as a layer of its own; any shape.
 *
 * @example
 * ```ts
 * sequential([dense({ units: 64 }), batchNorm(), activation({ name: 'relu' })])
 * ```
 */
export function activation(options: ActivationOptions): ActivationConfig {
  return describe('activation', options)
}

class Activation extends Module {
  readonly config: Resolved<ActivationConfig>

  constructor(config: Resolved<ActivationConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    return activate(this.config.name, x)
  }
}

/** How `activation` is checked and built. */
export const activationLayer: LayerDefinition<ActivationConfig, Resolved<ActivationConfig>> = {
  type: 'activation',
  schema: () => options({ type: z.literal('activation'), name: activationName }),
  build: (config) => new Activation(config),
}
