// The public surface of Attune.

export { earlyStopping, registerCallback } from './callbacks/index.ts'
export type {
  Callback,
  CallbackConfig,
  CallbackConfigs,
  CheckpointEvent,
  Decision,
  EarlyStoppingConfig,
  EarlyStoppingOptions,
  EndEvent,
  MeasuredEvent,
  Progress,
  StartEvent,
  TrainingEvent,
  TrainingState,
  WarningEvent,
} from './callbacks/index.ts'
export { jsonSchema, parse } from './config/index.ts'
export { dataJsonSchema, datasets, fromArrays, resolveData } from './data/index.ts'
export type {
  Arrays,
  ArraysConfig,
  DataConfig,
  DigitsConfig,
  DigitsOptions,
  FashionMnistConfig,
  FromArraysOptions,
  MnistConfig,
  MnistOptions,
  Normalisation,
  Normalise,
  ResolvedData,
  ValidationFrom,
} from './data/index.ts'
export { AttuneError } from './errors/index.ts'
export type { Code } from './errors/index.ts'
export { accuracy } from './metrics/index.ts'
export type { AccuracyConfig, MetricConfig } from './metrics/index.ts'
export { articleCnn, recipes } from './models/index.ts'
export type { Recipe } from './models/index.ts'
export {
  activation,
  avgPool2d,
  batchNorm,
  conv2d,
  crossEntropy,
  dense,
  dropout,
  flatten,
  layer,
  layerJsonSchema,
  maxPool2d,
  meanSquaredError,
  Module,
  Parameter,
  registerModule,
  sequential,
  trace,
} from './nn/index.ts'
export type {
  ActivationConfig,
  ActivationName,
  ActivationOptions,
  AvgPool2dConfig,
  AvgPool2dOptions,
  BatchNormConfig,
  BatchNormOptions,
  Conv2dConfig,
  Conv2dOptions,
  CrossEntropyConfig,
  CrossEntropyOptions,
  DenseConfig,
  DenseOptions,
  DropoutConfig,
  DropoutOptions,
  FlattenConfig,
  Initializer,
  Layer,
  LayerConfig,
  LayerConfigs,
  LossConfig,
  MaxPool2dConfig,
  MaxPool2dOptions,
  MeanSquaredErrorConfig,
  Mode,
  Padding,
  SequentialConfig,
  Size2d,
  StateOptions,
  Trace,
} from './nn/index.ts'
export { adam, adamW, constant, exponentialDecay, sgd } from './optim/index.ts'
export type {
  AdamConfig,
  AdamOptions,
  AdamWConfig,
  AdamWOptions,
  ExponentialDecayOptions,
  OptimizerConfig,
  Schedule,
  SgdConfig,
  SgdOptions,
} from './optim/index.ts'
export { evaluate, gradients, Tensor, valueAndGrad } from './tensor/index.ts'
export type { DType, Nested, Operand, Reduction, TensorType, TypedArray } from './tensor/index.ts'
export { runJsonSchema, Trainer } from './trainer/index.ts'
export type {
  FitOptions,
  FitResult,
  FitRun,
  Inspection,
  LayerInspection,
  Measures,
  Part,
  Plan,
  PlannedLaunch,
  Prediction,
  Profile,
  ProfiledLaunch,
  RunConfig,
  Samples,
} from './trainer/index.ts'
