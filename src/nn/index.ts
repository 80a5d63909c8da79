// Neural networks: modules, described layers, losses, initializers, and the trace of a model.

export { activations, activationSchema } from './activation.ts'
export type {
  Activation,
  ActivationConfig,
  ActivationConfigs,
  ActivationName,
} from './activation.ts'
export {
  elu,
  gelu,
  glu,
  hardSwish,
  leakyRelu,
  logSoftmax,
  mish,
  prelu,
  relu,
  selu,
  sigmoid,
  silu,
  softmax,
  softplus,
  swiglu,
  tanh,
} from './activations/index.ts'
export type {
  EluConfig,
  EluOptions,
  GeluConfig,
  GeluOptions,
  GluConfig,
  HardSwishConfig,
  LeakyReluConfig,
  LeakyReluOptions,
  LogSoftmaxConfig,
  MishConfig,
  PreluConfig,
  PreluOptions,
  ReluConfig,
  SeluConfig,
  SigmoidConfig,
  SiluConfig,
  SoftmaxConfig,
  SoftplusConfig,
  SoftplusOptions,
  SwigluConfig,
  TanhConfig,
} from './activations/index.ts'
export { adaptiveAvgPool2d } from './adaptive-avg-pool2d.ts'
export type { AdaptiveAvgPool2dConfig, AdaptiveAvgPool2dOptions } from './adaptive-avg-pool2d.ts'
export { avgPool1d } from './avg-pool1d.ts'
export type { AvgPool1dConfig, AvgPool1dOptions } from './avg-pool1d.ts'
export { avgPool2d } from './avg-pool2d.ts'
export type { AvgPool2dConfig, AvgPool2dOptions } from './avg-pool2d.ts'
export { batchNorm } from './batch-norm.ts'
export type { BatchNormConfig, BatchNormOptions } from './batch-norm.ts'
export { concat } from './concat.ts'
export type { ConcatConfig, ConcatOptions } from './concat.ts'
export { convTranspose2d } from './conv-transpose2d.ts'
export type { ConvTranspose2dConfig, ConvTranspose2dOptions } from './conv-transpose2d.ts'
export { conv1d } from './conv1d.ts'
export type { Conv1dConfig, Conv1dOptions } from './conv1d.ts'
export { conv2d } from './conv2d.ts'
export type { Conv2dConfig, Conv2dOptions } from './conv2d.ts'
export { crossAttention } from './cross-attention.ts'
export type { CrossAttentionConfig, CrossAttentionOptions } from './cross-attention.ts'
export type { LayerDefinition } from './define.ts'
export { dense } from './dense.ts'
export type { DenseConfig, DenseOptions } from './dense.ts'
export { depthwiseConv2d } from './depthwise-conv2d.ts'
export type { DepthwiseConv2dConfig, DepthwiseConv2dOptions } from './depthwise-conv2d.ts'
export { dropPath } from './drop-path.ts'
export type { DropPathConfig, DropPathOptions } from './drop-path.ts'
export { dropout } from './dropout.ts'
export type { DropoutConfig, DropoutOptions } from './dropout.ts'
export { embedding } from './embedding.ts'
export type { EmbeddingConfig, EmbeddingOptions } from './embedding.ts'
export { flatten } from './flatten.ts'
export type { FlattenConfig } from './flatten.ts'
export type { Fans, Initializer, NamedInitializer, NativeInitializer } from './initializers.ts'
export { gaussianNoise } from './gaussian-noise.ts'
export type { GaussianNoiseConfig, GaussianNoiseOptions } from './gaussian-noise.ts'
export { globalAvgPool } from './global-avg-pool.ts'
export type { GlobalAvgPoolConfig, GlobalAvgPoolOptions } from './global-avg-pool.ts'
export { globalMaxPool } from './global-max-pool.ts'
export type { GlobalMaxPoolConfig, GlobalMaxPoolOptions } from './global-max-pool.ts'
export { grayscale } from './grayscale.ts'
export type { GrayscaleConfig } from './grayscale.ts'
export { groupNorm } from './group-norm.ts'
export type { GroupNormConfig, GroupNormOptions } from './group-norm.ts'
export { gru } from './gru.ts'
export type { GruConfig, GruOptions } from './gru.ts'
export { instanceNorm } from './instance-norm.ts'
export type { InstanceNormConfig, InstanceNormOptions } from './instance-norm.ts'
export { layerNorm } from './layer-norm.ts'
export type { LayerNormConfig, LayerNormOptions } from './layer-norm.ts'
export { layer, layerJsonSchema, layers, layerSchema, registerModule } from './layers.ts'
export type { Layer, LayerConfig, LayerConfigs } from './layers.ts'
export { losses, lossOf, lossSchema } from './losses.ts'
export type { Loss, LossConfig, LossConfigs } from './losses.ts'
export {
  binaryCrossEntropy,
  categoricalHinge,
  contrastive,
  cosineSimilarity,
  crossEntropy,
  ctc,
  focal,
  gaussianNll,
  hinge,
  huber,
  klDivergence,
  logCosh,
  meanAbsoluteError,
  meanSquaredError,
  poisson,
  tripletMargin,
} from './losses/index.ts'
export type {
  BinaryCrossEntropyConfig,
  BinaryCrossEntropyOptions,
  CategoricalHingeConfig,
  ContrastiveConfig,
  ContrastiveOptions,
  CosineSimilarityConfig,
  CosineSimilarityOptions,
  CrossEntropyConfig,
  CrossEntropyOptions,
  CtcConfig,
  CtcOptions,
  FocalConfig,
  FocalOptions,
  GaussianNllConfig,
  GaussianNllOptions,
  HingeConfig,
  HingeOptions,
  HuberConfig,
  HuberOptions,
  KlDivergenceConfig,
  KlDivergenceOptions,
  LogCoshConfig,
  MeanAbsoluteErrorConfig,
  MeanSquaredErrorConfig,
  PoissonConfig,
  PoissonOptions,
  TripletMarginConfig,
  TripletMarginOptions,
  Weighed,
  Weights,
} from './losses/index.ts'
export { lstm } from './lstm.ts'
export type { LstmConfig, LstmOptions } from './lstm.ts'
export { masked } from './masked.ts'
export type { MaskedConfig, MaskedOptions } from './masked.ts'
export { maxPool1d } from './max-pool1d.ts'
export type { MaxPool1dConfig, MaxPool1dOptions } from './max-pool1d.ts'
export { maxPool2d } from './max-pool2d.ts'
export type { MaxPool2dConfig, MaxPool2dOptions } from './max-pool2d.ts'
export { Module, modulePaths, Parameter, trace } from './module.ts'
export type { StateOptions } from './module.ts'
export { permute } from './permute.ts'
export type { PermuteConfig, PermuteOptions } from './permute.ts'
export { constraintSchema, maxNorm, nonNegative, unitNorm } from './constraint.ts'
export type {
  Constraint,
  MaxNormConfig,
  MaxNormOptions,
  NonNegativeConfig,
  UnitNormConfig,
} from './constraint.ts'
export { positionEmbedding } from './position-embedding.ts'
export type { PositionEmbeddingConfig, PositionEmbeddingOptions } from './position-embedding.ts'
export { penalty, regularizers, regularizerSchema } from './regularizer.ts'
export type { Regularizer, RegularizerConfigs } from './regularizer.ts'
export { elasticNet, l1, l2 } from './regularizers/index.ts'
export type {
  ElasticNetConfig,
  ElasticNetOptions,
  L1Config,
  L1Options,
  L2Config,
  L2Options,
} from './regularizers/index.ts'
export { reshape } from './reshape.ts'
export type { ReshapeConfig, ReshapeOptions } from './reshape.ts'
export { residual } from './residual.ts'
export type { ResidualConfig, ResidualOptions } from './residual.ts'
export { rmsNorm } from './rms-norm.ts'
export type { RmsNormConfig, RmsNormOptions } from './rms-norm.ts'
export { rnn } from './rnn.ts'
export type { RnnConfig, RnnOptions } from './rnn.ts'
export { selfAttention } from './self-attention.ts'
export type { SelfAttentionConfig, SelfAttentionOptions } from './self-attention.ts'
export { separableConv2d } from './separable-conv2d.ts'
export type { SeparableConv2dConfig, SeparableConv2dOptions } from './separable-conv2d.ts'
export { Sequential, sequential } from './sequential.ts'
export type { SequentialConfig } from './sequential.ts'
export type { Mode, StateDeclaration, StateUpdate, Trace } from './trace.ts'
export { transformerDecoderBlock } from './transformer-decoder-block.ts'
export type {
  TransformerDecoderBlockConfig,
  TransformerDecoderBlockOptions,
} from './transformer-decoder-block.ts'
export { transformerEncoderBlock } from './transformer-encoder-block.ts'
export type {
  TransformerEncoderBlockConfig,
  TransformerEncoderBlockOptions,
} from './transformer-encoder-block.ts'
export type { Padding, Size2d } from './window.ts'
export { spatialDropout } from './spatial-dropout.ts'
export type { SpatialDropoutConfig, SpatialDropoutOptions } from './spatial-dropout.ts'
export { upsample2d } from './upsample2d.ts'
export type { Upsample2dConfig, Upsample2dOptions } from './upsample2d.ts'
export { zeroPad2d } from './zero-pad2d.ts'
export type { ZeroPad2dConfig, ZeroPad2dOptions } from './zero-pad2d.ts'
export type { Padding1d } from './window1d.ts'
