// The list of layers, and what follows from it: the schema of any layer, and building one.

import { z } from 'zod'

import { jsonSchema, parse, union } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { activationLayers } from './activation.ts'
import type { ActivationConfigs } from './activation.ts'
import { adaptiveAvgPool2dLayer } from './adaptive-avg-pool2d.ts'
import type { AdaptiveAvgPool2dConfig } from './adaptive-avg-pool2d.ts'
import { avgPool1dLayer } from './avg-pool1d.ts'
import type { AvgPool1dConfig } from './avg-pool1d.ts'
import { avgPool2dLayer } from './avg-pool2d.ts'
import type { AvgPool2dConfig } from './avg-pool2d.ts'
import { batchNormLayer } from './batch-norm.ts'
import type { BatchNormConfig } from './batch-norm.ts'
import { concatLayer } from './concat.ts'
import type { ConcatConfig } from './concat.ts'
import { convTranspose2dLayer } from './conv-transpose2d.ts'
import type { ConvTranspose2dConfig } from './conv-transpose2d.ts'
import { conv1dLayer } from './conv1d.ts'
import type { Conv1dConfig } from './conv1d.ts'
import { conv2dLayer } from './conv2d.ts'
import type { Conv2dConfig } from './conv2d.ts'
import { crossAttentionLayer } from './cross-attention.ts'
import type { CrossAttentionConfig } from './cross-attention.ts'
import type { LayerDefinition, TypedConfig } from './define.ts'
import { denseLayer } from './dense.ts'
import type { DenseConfig } from './dense.ts'
import { depthwiseConv2dLayer } from './depthwise-conv2d.ts'
import type { DepthwiseConv2dConfig } from './depthwise-conv2d.ts'
import { dropPathLayer } from './drop-path.ts'
import type { DropPathConfig } from './drop-path.ts'
import { dropoutLayer } from './dropout.ts'
import type { DropoutConfig } from './dropout.ts'
import { embeddingLayer } from './embedding.ts'
import type { EmbeddingConfig } from './embedding.ts'
import { flattenLayer } from './flatten.ts'
import type { FlattenConfig } from './flatten.ts'
import { gaussianNoiseLayer } from './gaussian-noise.ts'
import type { GaussianNoiseConfig } from './gaussian-noise.ts'
import { globalAvgPoolLayer } from './global-avg-pool.ts'
import type { GlobalAvgPoolConfig } from './global-avg-pool.ts'
import { globalMaxPoolLayer } from './global-max-pool.ts'
import type { GlobalMaxPoolConfig } from './global-max-pool.ts'
import { grayscaleLayer } from './grayscale.ts'
import type { GrayscaleConfig } from './grayscale.ts'
import { groupNormLayer } from './group-norm.ts'
import type { GroupNormConfig } from './group-norm.ts'
import { gruLayer } from './gru.ts'
import type { GruConfig } from './gru.ts'
import { instanceNormLayer } from './instance-norm.ts'
import type { InstanceNormConfig } from './instance-norm.ts'
import { layerNormLayer } from './layer-norm.ts'
import type { LayerNormConfig } from './layer-norm.ts'
import { lstmLayer } from './lstm.ts'
import type { LstmConfig } from './lstm.ts'
import { maskedLayer } from './masked.ts'
import type { MaskedConfig } from './masked.ts'
import { maxPool1dLayer } from './max-pool1d.ts'
import type { MaxPool1dConfig } from './max-pool1d.ts'
import { maxPool2dLayer } from './max-pool2d.ts'
import type { MaxPool2dConfig } from './max-pool2d.ts'
import { behind, Module, moduleOf } from './module.ts'
import { permuteLayer } from './permute.ts'
import type { PermuteConfig } from './permute.ts'
import { positionEmbeddingLayer } from './position-embedding.ts'
import type { PositionEmbeddingConfig } from './position-embedding.ts'
import { reshapeLayer } from './reshape.ts'
import type { ReshapeConfig } from './reshape.ts'
import { residualLayer } from './residual.ts'
import type { ResidualConfig } from './residual.ts'
import { rmsNormLayer } from './rms-norm.ts'
import type { RmsNormConfig } from './rms-norm.ts'
import { rnnLayer } from './rnn.ts'
import type { RnnConfig } from './rnn.ts'
import { selfAttentionLayer } from './self-attention.ts'
import type { SelfAttentionConfig } from './self-attention.ts'
import { separableConv2dLayer } from './separable-conv2d.ts'
import type { SeparableConv2dConfig } from './separable-conv2d.ts'
import { sequentialLayer } from './sequential.ts'
import type { SequentialConfig } from './sequential.ts'
import { spatialDropoutLayer } from './spatial-dropout.ts'
import type { SpatialDropoutConfig } from './spatial-dropout.ts'
import { transformerDecoderBlockLayer } from './transformer-decoder-block.ts'
import type { TransformerDecoderBlockConfig } from './transformer-decoder-block.ts'
import { transformerEncoderBlockLayer } from './transformer-encoder-block.ts'
import type { TransformerEncoderBlockConfig } from './transformer-encoder-block.ts'
import { upsample2dLayer } from './upsample2d.ts'
import type { Upsample2dConfig } from './upsample2d.ts'
import { zeroPad2dLayer } from './zero-pad2d.ts'
import type { ZeroPad2dConfig } from './zero-pad2d.ts'

/** Every described layer by its type. Registered modules join by declaration merging. */
export interface LayerConfigs extends ActivationConfigs {
  adaptiveAvgPool2d: AdaptiveAvgPool2dConfig
  avgPool1d: AvgPool1dConfig
  avgPool2d: AvgPool2dConfig
  batchNorm: BatchNormConfig
  concat: ConcatConfig
  conv1d: Conv1dConfig
  conv2d: Conv2dConfig
  convTranspose2d: ConvTranspose2dConfig
  crossAttention: CrossAttentionConfig
  dense: DenseConfig
  depthwiseConv2d: DepthwiseConv2dConfig
  dropout: DropoutConfig
  dropPath: DropPathConfig
  embedding: EmbeddingConfig
  flatten: FlattenConfig
  gaussianNoise: GaussianNoiseConfig
  globalAvgPool: GlobalAvgPoolConfig
  globalMaxPool: GlobalMaxPoolConfig
  grayscale: GrayscaleConfig
  groupNorm: GroupNormConfig
  gru: GruConfig
  instanceNorm: InstanceNormConfig
  layerNorm: LayerNormConfig
  lstm: LstmConfig
  masked: MaskedConfig
  maxPool1d: MaxPool1dConfig
  maxPool2d: MaxPool2dConfig
  permute: PermuteConfig
  positionEmbedding: PositionEmbeddingConfig
  reshape: ReshapeConfig
  residual: ResidualConfig
  rmsNorm: RmsNormConfig
  rnn: RnnConfig
  selfAttention: SelfAttentionConfig
  separableConv2d: SeparableConv2dConfig
  sequential: SequentialConfig
  spatialDropout: SpatialDropoutConfig
  transformerDecoderBlock: TransformerDecoderBlockConfig
  transformerEncoderBlock: TransformerEncoderBlockConfig
  upsample2d: Upsample2dConfig
  zeroPad2d: ZeroPad2dConfig
}

/** The config of any layer. */
export type LayerConfig = LayerConfigs[keyof LayerConfigs]

/** A module that is called like a function. */
export type Layer = Module & ((...inputs: Tensor[]) => Tensor)

/** The built-in layers. */
export const layers: { readonly [Type in keyof LayerConfigs]: LayerDefinition } = {
  ...activationLayers,
  adaptiveAvgPool2d: adaptiveAvgPool2dLayer,
  avgPool1d: avgPool1dLayer,
  avgPool2d: avgPool2dLayer,
  batchNorm: batchNormLayer,
  concat: concatLayer,
  conv1d: conv1dLayer,
  conv2d: conv2dLayer,
  convTranspose2d: convTranspose2dLayer,
  crossAttention: crossAttentionLayer,
  dense: denseLayer,
  depthwiseConv2d: depthwiseConv2dLayer,
  dropout: dropoutLayer,
  dropPath: dropPathLayer,
  embedding: embeddingLayer,
  flatten: flattenLayer,
  gaussianNoise: gaussianNoiseLayer,
  globalAvgPool: globalAvgPoolLayer,
  globalMaxPool: globalMaxPoolLayer,
  grayscale: grayscaleLayer,
  groupNorm: groupNormLayer,
  gru: gruLayer,
  instanceNorm: instanceNormLayer,
  layerNorm: layerNormLayer,
  lstm: lstmLayer,
  masked: maskedLayer,
  maxPool1d: maxPool1dLayer,
  maxPool2d: maxPool2dLayer,
  permute: permuteLayer,
  positionEmbedding: positionEmbeddingLayer,
  reshape: reshapeLayer,
  residual: residualLayer,
  rmsNorm: rmsNormLayer,
  rnn: rnnLayer,
  selfAttention: selfAttentionLayer,
  separableConv2d: separableConv2dLayer,
  sequential: sequentialLayer,
  spatialDropout: spatialDropoutLayer,
  transformerDecoderBlock: transformerDecoderBlockLayer,
  transformerEncoderBlock: transformerEncoderBlockLayer,
  upsample2d: upsample2dLayer,
  zeroPad2d: zeroPad2dLayer,
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
 * @param optionsSchema what its options must be, `type` included; where it fills in defaults, `Given`
 *   are the options without them. Default: any object.
 * @throws `AttuneError` `CONFIG` where the name is taken.
 * @example
 * ```ts
 * const block = registerModule('block', Block)
 * const model = sequential([block({ width: 64 }), dense({ units: 10 })])
 * ```
 */
export function registerModule<Options extends object, Given extends object = Options>(
  type: string,
  module: new (options: Options) => Module,
  optionsSchema?: z.ZodType<unknown, Given>,
): (options: Given) => LayerConfig {
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
  const call = (...inputs: Tensor[]): Tensor => module.forward(...inputs)
  Object.setPrototypeOf(call, module)
  Object.defineProperty(call, behind, { value: module })
  return call as unknown as Layer
}
