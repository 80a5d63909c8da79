// The list of activation functions, and what follows from it: the `activation` option of other
// layers, and a layer for each.

import type { z } from 'zod'

import { named, parse } from '../config/index.ts'
import { currentPath } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import type { ActivationDefinition, DeclareWeight } from './activations/define.ts'
import { eluActivation } from './activations/elu.ts'
import type { EluConfig } from './activations/elu.ts'
import { geluActivation } from './activations/gelu.ts'
import type { GeluConfig } from './activations/gelu.ts'
import { gluActivation } from './activations/glu.ts'
import type { GluConfig } from './activations/glu.ts'
import { hardSwishActivation } from './activations/hard-swish.ts'
import type { HardSwishConfig } from './activations/hard-swish.ts'
import { leakyReluActivation } from './activations/leaky-relu.ts'
import type { LeakyReluConfig } from './activations/leaky-relu.ts'
import { logSoftmaxActivation } from './activations/log-softmax.ts'
import type { LogSoftmaxConfig } from './activations/log-softmax.ts'
import { mishActivation } from './activations/mish.ts'
import type { MishConfig } from './activations/mish.ts'
import { preluActivation } from './activations/prelu.ts'
import type { PreluConfig } from './activations/prelu.ts'
import { reluActivation } from './activations/relu.ts'
import type { ReluConfig } from './activations/relu.ts'
import { seluActivation } from './activations/selu.ts'
import type { SeluConfig } from './activations/selu.ts'
import { sigmoidActivation } from './activations/sigmoid.ts'
import type { SigmoidConfig } from './activations/sigmoid.ts'
import { siluActivation } from './activations/silu.ts'
import type { SiluConfig } from './activations/silu.ts'
import { softmaxActivation } from './activations/softmax.ts'
import type { SoftmaxConfig } from './activations/softmax.ts'
import { softplusActivation } from './activations/softplus.ts'
import type { SoftplusConfig } from './activations/softplus.ts'
import { swigluActivation } from './activations/swiglu.ts'
import type { SwigluConfig } from './activations/swiglu.ts'
import { tanhActivation } from './activations/tanh.ts'
import type { TanhConfig } from './activations/tanh.ts'
import type { LayerDefinition, TypedConfig } from './define.ts'
import { resolveInitializer } from './initializers.ts'
import { Module } from './module.ts'
import { declareState } from './trace.ts'

/** Every activation function by its type. */
export interface ActivationConfigs {
  elu: EluConfig
  gelu: GeluConfig
  glu: GluConfig
  hardSwish: HardSwishConfig
  leakyRelu: LeakyReluConfig
  logSoftmax: LogSoftmaxConfig
  mish: MishConfig
  prelu: PreluConfig
  relu: ReluConfig
  selu: SeluConfig
  sigmoid: SigmoidConfig
  silu: SiluConfig
  softmax: SoftmaxConfig
  softplus: SoftplusConfig
  swiglu: SwigluConfig
  tanh: TanhConfig
}

/** The name of an activation function. */
export type ActivationName = keyof ActivationConfigs

/** The config of any activation function. */
export type ActivationConfig = ActivationConfigs[ActivationName]

/**
 * What is applied to a layer's output: the name of a function with its default options, such as
 * `relu`, or a function with options, such as `leakyRelu({ negativeSlope: 0.2 })`.
 */
export type Activation = ActivationName | ActivationConfig

/** The activation functions. */
export const activations: { readonly [Type in ActivationName]: ActivationDefinition } = {
  elu: eluActivation,
  gelu: geluActivation,
  glu: gluActivation,
  hardSwish: hardSwishActivation,
  leakyRelu: leakyReluActivation,
  logSoftmax: logSoftmaxActivation,
  mish: mishActivation,
  prelu: preluActivation,
  relu: reluActivation,
  selu: seluActivation,
  sigmoid: sigmoidActivation,
  silu: siluActivation,
  softmax: softmaxActivation,
  softplus: softplusActivation,
  swiglu: swigluActivation,
  tanh: tanhActivation,
}

/** The schema of a layer's `activation`. */
export const activationSchema: z.ZodType<Activation, Activation> = named(
  'activation',
  Object.fromEntries(Object.entries(activations).map(([type, { schema }]) => [type, schema])),
)

/**
 * Applies an activation function; none where there is none.
 *
 * @example
 * ```ts
 * activate('relu', Tensor.from([-1, 1])) // [0, 1]
 * ```
 */
export function activate(activation: Activation | undefined, x: Tensor): Tensor {
  if (activation === undefined) return x
  const config = parse(activationSchema, activation, 'activation') as ActivationConfig
  return activations[config.type].apply(x, config, weightOf('activation.weight'))
}

/** Declares weights under the module that is running. */
function weightOf(name: string): DeclareWeight {
  return (shape, initializer) => {
    const path = currentPath()
    return declareState({
      name: path === '' ? name : `${path}.${name}`,
      shape,
      trainable: true,
      initializer: resolveInitializer(initializer, shape),
    })
  }
}

class ActivationLayer extends Module {
  readonly config: TypedConfig
  readonly #definition: ActivationDefinition

  constructor(definition: ActivationDefinition, config: TypedConfig) {
    super()
    this.config = config
    this.#definition = definition
  }

  override forward(x: Tensor): Tensor {
    return this.#definition.apply(x, this.config, weightOf('weight'))
  }
}

/** Each activation function as a layer. */
export const activationLayers = Object.fromEntries(
  Object.values(activations).map((definition) => [definition.type, layerOf(definition)]),
) as { readonly [Type in ActivationName]: LayerDefinition }

function layerOf(definition: ActivationDefinition): LayerDefinition {
  const { type, schema } = definition
  return {
    type,
    schema: () => schema,
    build: (config) => new ActivationLayer(definition, config as TypedConfig),
  }
}
