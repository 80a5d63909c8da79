// A small run around each loss, optimizer, schedule, metric, regularizer, constraint, initializer,
// callback and change of images: whatever joins a list has to come with one.

import {
  accuracy,
  cosine,
  crossEntropy,
  dense,
  exponentialDecay,
  flatten,
  fromArrays,
  logSoftmax,
  meanSquaredError,
  reshape,
  sequential,
  sgd,
  sigmoid,
  softmax,
  softplus,
} from '../../src/index.ts'
import type {
  CallbackConfig,
  ChangeConfig,
  Constraint,
  Initializer,
  LayerConfig,
  MetricConfig,
  OptimizerConfig,
  Regularizer,
  RunConfig,
  Schedule,
} from '../../src/index.ts'
import { callbacks } from '../../src/callbacks/callbacks.ts'
import { metricTypes } from '../../src/metrics/metrics.ts'
import { optimizers } from '../../src/optim/optimizers.ts'
import { elements } from '../../src/tensor/index.ts'
import { lossCases } from '../golden/loss-cases.ts'
import type { LossCase } from '../golden/loss-cases.ts'

/** A run that has one thing of a list in it. */
export interface Row {
  readonly kind: string
  readonly type: string
  readonly run: RunConfig
}

const samples = 12
const x = Float32Array.from({ length: samples * 4 }, (_, i) => ((i * 7919) % 1009) / 500 - 1)
const labels = Int32Array.from({ length: samples }, (_, i) => i % 3)

const classes: RunConfig = {
  model: sequential([dense({ units: 8, activation: 'tanh' }), dense({ units: 3 })]),
  data: fromArrays({ x, y: labels }, { validation: 3 }),
  loss: crossEntropy(),
  optimizer: sgd({ learningRate: 0.1 }),
  batchSize: 4,
  epochs: 2,
  seed: 5,
}

const numbers: RunConfig = {
  ...classes,
  model: dense({ units: 1 }),
  data: fromArrays({ x, y: x.filter((_, i) => i % 4 === 0) }, { validation: 3, targetShape: [1] }),
  loss: meanSquaredError(),
}

/** Each value of the record, one to a row. */
function rows<Value>(
  kind: string,
  values: Readonly<Record<string, Value>>,
  run: (value: Value) => Partial<RunConfig>,
): Row[] {
  return Object.entries(values).map(([type, value]) => ({
    kind,
    type,
    run: { ...classes, ...run(value) },
  }))
}

/** One value for each name of a list that is not checked by its type. */
function each<Value>(
  names: readonly string[],
  known: Readonly<Record<string, Value>>,
): Record<string, Value> {
  const value = (type: string): Value => known[type] ?? ({ type } as Value)
  return Object.fromEntries(names.map((type) => [type, value(type)]))
}

/** Outputs and targets as the golden case of a loss has them. */
function lossRun({ config, form, output, target }: LossCase): RunConfig {
  const [count = 1, ...one] = output.shape
  const fit: Readonly<Record<string, LayerConfig>> = {
    shares: softmax(),
    logShares: logSoftmax(),
    positive: softplus(),
    unit: sigmoid(),
    edges: sigmoid(),
  }
  const last = fit[form.split(' ')[0] ?? '']
  const shaped = [flatten(), dense({ units: elements(one) }), reshape({ shape: one })]
  const { origin } = target.node
  if (origin.kind !== 'data') throw new TypeError('the target of a case is made of values')
  const inputs = x.slice(0, count * 4)
  return {
    ...classes,
    model: sequential(last === undefined ? shaped : [...shaped, last]),
    data: fromArrays(
      { x: inputs, y: origin.data },
      { shape: [4], targetShape: target.shape.slice(1) },
    ),
    loss: config,
    batchSize: Math.max(1, Math.floor(count / 2)),
  }
}

const losses: Row[] = [
  ...new Map(lossCases.toReversed().map((one) => [one.config.type, one])).values(),
].map((one) => ({ kind: 'loss', type: one.config.type, run: lossRun(one) }))

const scheduleConfigs: { readonly [Type in Schedule['type']]: Schedule } = {
  clip: { type: 'clip', schedule: exponentialDecay({ initial: 0.1, rate: 0.5 }), min: 0.06 },
  constant: { type: 'constant', value: 0.1 },
  cosine: cosine({ initial: 0.1 }),
  cosineRestarts: { type: 'cosineRestarts', initial: 0.1, period: 2 },
  cyclic: { type: 'cyclic', low: 0.01, high: 0.1, period: 4 },
  exponentialDecay: { type: 'exponentialDecay', initial: 0.1, rate: 0.9 },
  inverseTimeDecay: { type: 'inverseTimeDecay', initial: 0.1, rate: 0.5 },
  linear: { type: 'linear', initial: 0.1 },
  multiStep: { type: 'multiStep', initial: 0.1, at: [2, 4] },
  noam: { type: 'noam', modelSize: 16, warmup: 4 },
  oneCycle: { type: 'oneCycle', peak: 0.1 },
  polynomial: { type: 'polynomial', initial: 0.1 },
  sequence: { type: 'sequence', parts: [{ schedule: 0.1, over: 2 }, { schedule: 0.05 }] },
  stepDecay: { type: 'stepDecay', initial: 0.1, every: 2 },
  warmup: { type: 'warmup', schedule: 0.1, over: 2 },
  warmupStableDecay: { type: 'warmupStableDecay', peak: 0.1, warmup: 2, decay: 2 },
}

const ofNumbers = new Set(['mape', 'meanAbsoluteError', 'meanSquaredError', 'r2', 'rmse'])

const metrics: Row[] = Object.entries(
  each<MetricConfig>(metricTypes(), {
    fBeta: { type: 'fBeta', beta: 2 },
    topK: { type: 'topK', k: 2 },
  }),
).map(([type, metric]) => ({
  kind: 'metric',
  type,
  run: { ...(ofNumbers.has(type) ? numbers : classes), metrics: [metric] },
}))

const callbackConfigs = each<CallbackConfig>(
  Object.keys(callbacks).filter((type) => !type.endsWith('Logger')),
  {
    gradientNormStopping: { type: 'gradientNormStopping', threshold: 1e-9 },
    prechelt: { type: 'prechelt', criterion: 'GL' },
    stopAfter: { type: 'stopAfter', steps: 1e6 },
    stopAtTarget: { type: 'stopAtTarget', monitor: 'val.accuracy', target: 2 },
    updateRatioStopping: { type: 'updateRatioStopping', threshold: 1e-12 },
  },
)

const changes: { readonly [Type in ChangeConfig['type']]: ChangeConfig } = {
  affine: { type: 'affine', degrees: 20, scale: [0.8, 1.2], shear: [-9, 9, -5, 5] },
  augMix: { type: 'augMix' },
  autocontrast: { type: 'autocontrast' },
  brightness: { type: 'brightness' },
  colorJitter: { type: 'colorJitter', brightness: 0.5, contrast: [0.2, 2] },
  contrast: { type: 'contrast' },
  crop: { type: 'crop', padding: 1 },
  cutmix: { type: 'cutmix' },
  elastic: { type: 'elastic', sigma: 1 },
  equalize: { type: 'equalize' },
  erase: { type: 'erase', value: 'random' },
  flip: { type: 'flip' },
  gaussianBlur: { type: 'gaussianBlur', size: 3 },
  hue: { type: 'hue' },
  invert: { type: 'invert' },
  mixup: { type: 'mixup', alpha: 0.4 },
  perspective: { type: 'perspective' },
  pixelNoise: { type: 'pixelNoise' },
  posterize: { type: 'posterize' },
  randAugment: { type: 'randAugment' },
  randomGrayscale: { type: 'randomGrayscale' },
  resizedCrop: { type: 'resizedCrop' },
  rotate: { type: 'rotate', degrees: 20 },
  rotateQuarters: { type: 'rotateQuarters' },
  saltAndPepper: { type: 'saltAndPepper' },
  saturation: { type: 'saturation' },
  sharpness: { type: 'sharpness' },
  solarize: { type: 'solarize' },
  trivialAugment: { type: 'trivialAugment' },
}

const regularizers: Readonly<Record<string, Regularizer>> = {
  elasticNet: { type: 'elasticNet', l1: 0.01, l2: 0.01 },
  l1: { type: 'l1', factor: 0.01 },
  l2: { type: 'l2', factor: 0.01 },
}

const constraints: Readonly<Record<string, Constraint>> = {
  maxNorm: { type: 'maxNorm', max: 0.5 },
  nonNegative: 'nonNegative',
  unitNorm: 'unitNorm',
}

const initializers: readonly Initializer[] = [
  { type: 'constant', value: 0.1 },
  'fanInUniform',
  'glorotNormal',
  'glorotUniform',
  'heNormal',
  'heUniform',
  'lecunNormal',
  'lecunUniform',
  'normal',
  'ones',
  'orthogonal',
  'truncatedNormal',
  'uniform',
  'zeros',
]

/** The model with an option on its first layer. */
function first(option: object): Partial<RunConfig> {
  return {
    model: sequential([dense({ units: 8, activation: 'tanh', ...option }), dense({ units: 3 })]),
  }
}

/** Everything that stands in a run, layers apart. */
export const runs: readonly Row[] = [
  ...losses,
  ...rows('optimizer', each<OptimizerConfig>(Object.keys(optimizers), {}), (optimizer) => ({
    optimizer: { ...optimizer, learningRate: 0.05 } as OptimizerConfig,
  })),
  ...rows('schedule', scheduleConfigs, (learningRate) => ({ optimizer: sgd({ learningRate }) })),
  ...metrics,
  ...rows('regularizer', regularizers, (regularizer) => ({ regularizer })),
  ...rows('constraint', constraints, (kernelConstraint) => first({ kernelConstraint })),
  ...rows(
    'initializer',
    Object.fromEntries(initializers.map((one) => [typeof one === 'string' ? one : one.type, one])),
    (weightInitializer) => first({ weightInitializer }),
  ),
  ...rows('callback', callbackConfigs, (callback) => ({
    callbacks: [callback],
    metrics: [accuracy()],
  })),
  ...rows('change', changes, (change) => ({
    augment: [change],
    model: sequential([flatten(), dense({ units: 3 })]),
    data: fromArrays({ x, y: labels }, { shape: [2, 2, 1] }),
  })),
]
