// The list of layers, and what follows from it: the schema of any layer, and building one.

import { z } from 'zod'

import { jsonSchema, parse, union } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { activationLayer } from './activation.ts'
import type { ActivationConfig } from './activation.ts'
import { avgPool2dLayer } from './avg-pool2d.ts'
import type { AvgPool2dConfig } from './avg-pool2d.ts'
import { batchNormLayer } from './batch-norm.ts'
import type { BatchNormConfig } from './batch-norm.ts'
import { conv2dLayer } from './conv2d.ts'
import type { Conv2dConfig } from './conv2d.ts'
import type { LayerDefinition, TypedConfig } from './define.ts'
import { denseLayer } from './dense.ts'
import type { DenseConfig } from './dense.ts'
import { dropoutLayer } from './dropout.ts'
import type { DropoutConfig } from './dropout.ts'
import { flattenLayer } from './flatten.ts'
import type { FlattenConfig } from './flatten.ts'
import { maxPool2dLayer } from './max-pool2d.ts'
import type { MaxPool2dConfig } from './max-pool2d.ts'
import { behind, Module, moduleOf } from './module.ts'
import { sequentialLayer } from './sequential.ts'
import type { SequentialConfig } from './sequential.ts'

/** Every described layer by its type. Registered modules join by declaration merging. */
export interface LayerConfigs {
  activation: ActivationConfig
  avgPool2d: AvgPool2dConfig
  batchNorm: BatchNormConfig
  conv2d: Conv2dConfig
  dense: DenseConfig
  dropout: DropoutConfig
  flatten: FlattenConfig
  maxPool2d: MaxPool2dConfig
  sequential: SequentialConfig
}

/** The config of any layer. */
export type LayerConfig = LayerConfigs[keyof LayerConfigs]

/** A module that is called like a function. */
export type Layer = Module & ((...inputs: Tensor[]) => Tensor)

/** The built-in layers. */
export const layers: { readonly [Type in keyof LayerConfigs]: LayerDefinition } = {
  activation: activationLayer,
  avgPool2d: avgPool2dLayer,
  batchNorm: batchNormLayer,
  conv2d: conv2dLayer,
  dense: denseLayer,
  dropout: dropoutLayer,
  flatten: flattenLayer,
  maxPool2d: maxPool2dLayer,
  sequential: sequentialLayer,
}

const definitions = new Map<string, LayerDefinition>(Object.entries(layers))
let schema: z.ZodType<LayerConfig, LayerConfig> | undefined

/**
 * The schema of any layer, the registered ones included.
 *
 * @example
 * ```ts
 * const model = parse(layerSchema(), json, 'model')
 * ```
 */
export function layerSchema(): z.ZodType<LayerConfig, LayerConfig> {
  schema ??= makeSchema()
  return schema
}

/**
 * The JSON Schema of any layer, and so of a model's config.
 *
 * @example
 * ```ts
 * JSON.stringify(layerJsonSchema())
 * ```
 */
export function layerJsonSchema(): Record<string, unknown> {
  return jsonSchema(layerSchema())
}

/**
 * A described layer, or a module, as something to call in a `forward`.
 *
 * @param where the config path of the layer, for messages. Default: `layer`.
 * @throws `AttuneError` `CONFIG` listing every problem of the config.
 * @example
 * ```ts
 * class Classifier extends Module {
 *   hidden = layer(dense({ units: 32, activation: 'relu' }))
 *   output = layer(dense({ units: 10 }))
 *   forward(x: Tensor): Tensor {
 *     return this.output(this.hidden(x)) // (batch, 10)
 *   }
 * }
 * ```
 */
export function layer(config: LayerConfig | Module, where?: string): Layer {
  if (config instanceof Module) return callable(moduleOf(config))
  return callable(make(parse(layerSchema(), config, where ?? 'layer')))
}

/**
 * Gives a custom module a name, under which configs, checkpoints and YAML can hold it; the
 * factory of its configs.
 *
 * @param optionsSchema what its options must be, `type` included. Default: any object.
 * @throws `AttuneError` `CONFIG` where the name is taken.
 * @example
 * ```ts
 * const block = registerModule('block', Block)
 * const model = sequential([block({ width: 64 }), dense({ units: 10 })])
 * ```
 */
export function registerModule<Options extends object>(
  type: string,
  module: new (options: Options) => Module,
  optionsSchema?: z.ZodType,
): (options: Options) => LayerConfig {
  if (definitions.has(type)) {
    throw new AttuneError('CONFIG', `a layer named \`${type}\` exists: choose another name`)
  }
  definitions.set(type, {
    type,
    schema: () => optionsSchema ?? z.looseObject({ type: z.literal(type) }),
    build: (config) => new module(config as Options),
  } as LayerDefinition)
  schema = undefined
  return (options) => ({ type, ...options }) as unknown as LayerConfig
}

function makeSchema(): z.ZodType<LayerConfig, LayerConfig> {
  const any: z.ZodType = z.lazy(() => every)
  const schemas = [...definitions].map(([type, definition]) => [type, definition.schema(any)])
  const every = union<LayerConfig>('layer', Object.fromEntries(schemas))
  return every
}

function make(config: TypedConfig): Module {
  const definition = definitions.get(config.type)
  if (definition === undefined) {
    throw new AttuneError('CONFIG', `no layer is named \`${config.type}\`: register it first`)
  }
  return definition.build(config, make)
}

/** A function whose prototype is the module: it is called, and is a `Module` as well. */
function callable(module: Module): Layer {
  const call = (...inputs: Tensor[]): Tensor => module.call(...inputs)
  Object.setPrototypeOf(call, module)
  Object.defineProperty(call, behind, { value: module })
  return call as unknown as Layer
}
