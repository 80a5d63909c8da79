// Every option of every layer: what is out of its range is refused under its path.

import { expect, test } from 'vitest'
import { z } from 'zod'

import type { AttuneError } from '../../src/index.ts'
import { jsonSchema, parse } from '../../src/config/index.ts'
import { layers, layerSchema } from '../../src/nn/index.ts'

/** The least config of each layer. */
const least: Readonly<Record<string, Readonly<Record<string, unknown>>>> = {
  adaptiveAvgPool2d: { outputSize: 1 },
  avgPool1d: { poolSize: 2 },
  avgPool2d: { poolSize: 2 },
  batchNorm: {},
  concat: { branches: [{ type: 'relu' }] },
  conv1d: { filters: 4, kernelSize: 3 },
  conv2d: { filters: 4, kernelSize: 3 },
  convTranspose2d: { filters: 4, kernelSize: 3 },
  crossAttention: { heads: 2 },
  dense: { units: 4 },
  depthwiseConv2d: { kernelSize: 3 },
  dropPath: { rate: 0.5 },
  dropout: { rate: 0.5 },
  elu: {},
  embedding: { vocabularySize: 4, units: 2 },
  flatten: {},
  gaussianNoise: { deviation: 0.1 },
  gelu: {},
  globalAvgPool: {},
  globalMaxPool: {},
  glu: {},
  grayscale: {},
  groupNorm: { groups: 2 },
  gru: { units: 4 },
  hardSwish: {},
  instanceNorm: {},
  layerNorm: {},
  leakyRelu: {},
  logSoftmax: {},
  lstm: { units: 4 },
  masked: { layers: [] },
  maxPool1d: { poolSize: 2 },
  maxPool2d: { poolSize: 2 },
  mish: {},
  permute: { axes: [2, 1] },
  positionEmbedding: {},
  prelu: {},
  relu: {},
  reshape: { shape: [2, -1] },
  residual: { layer: { type: 'relu' } },
  rmsNorm: {},
  rnn: { units: 4 },
  selfAttention: { heads: 2 },
  selu: {},
  separableConv2d: { filters: 4, kernelSize: 3 },
  sequential: { layers: [] },
  sigmoid: {},
  silu: {},
  softmax: {},
  softplus: {},
  spatialDropout: { rate: 0.5 },
  swiglu: {},
  tanh: {},
  transformerDecoderBlock: { heads: 2 },
  transformerEncoderBlock: { heads: 2 },
  upsample2d: {},
  zeroPad2d: { padding: 1 },
}

const bad = {
  constraint: ['norm', { type: 'maxNorm', max: 0 }, { type: 'unitNorm', max: 1 }, 3],
  count: [0, -1, 1.5, '3', Number.NaN],
  flag: [1, 'yes', null],
  initializer: ['xavier', { type: 'uniform', low: 'a' }, { type: 'normal', deviation: -1 }, 3],
  layer: ['relu', { type: 'dense', units: 0 }, 3],
  padding: ['full', -1, [[1, 1]], [1.5, 1]],
  rate: [1, -0.1, 2, '0.5', Number.NaN],
  regularizer: ['l3', { type: 'l2', factor: -1 }, { type: 'elasticNet', l1: 'a' }],
  size: [0, [0, 1], [1, 2, 3], 1.5, '3'],
} as const

/** Values out of the range of each option; of a layer alone where another has one of that name. */
const wrong: Readonly<Record<string, readonly unknown[]>> = {
  activation: ['rellu', { type: 'elu', alpha: -1 }, 3],
  activityRegularizer: bad.regularizer,
  affine: bad.flag,
  algorithm: ['winograd', 1],
  alpha: [-1, '1', Number.POSITIVE_INFINITY],
  approximate: ['erf', true],
  axes: bad.count,
  axis: [0.5, '1'],
  beta: [0, -1, '1'],
  base: [0, -1, '1'],
  bias: bad.flag,
  biasInitializer: bad.initializer,
  bidirectional: bad.flag,
  biasConstraint: bad.constraint,
  biasRegularizer: bad.regularizer,
  branches: [[], ['relu'], 'relu'],
  causal: bad.flag,
  countIncludePad: bad.flag,
  depthMultiplier: bad.count,
  depthwiseConstraint: bad.constraint,
  depthwiseInitializer: bad.initializer,
  depthwiseRegularizer: bad.regularizer,
  deviation: [-1, '1', Number.NaN],
  dilation: bad.size,
  dropout: bad.rate,
  epsilon: [0, -1, '1'],
  filters: bad.count,
  groups: bad.count,
  'gru.layers': bad.count,
  initial: ['1', Number.NaN],
  headSize: bad.count,
  heads: bad.count,
  hiddenUnits: bad.count,
  keepDims: bad.flag,
  kernelConstraint: bad.constraint,
  kernelRegularizer: bad.regularizer,
  kernelSize: bad.size,
  keyValueHeads: [0, -1, 1.5, 3],
  kind: ['fourier', 1],
  layer: bad.layer,
  layers: ['relu', [{ type: 'dense' }], 3],
  'lstm.layers': bad.count,
  maxLength: bad.count,
  mode: ['bicubic', 1],
  momentum: bad.rate,
  negativeSlope: [-1, '1'],
  norm: ['middle', 1],
  outputInitializer: bad.initializer,
  outputPadding: [1, -1, [0, 1], '1'],
  outputSize: bad.size,
  padding: bad.padding,
  paddingIndex: [4, -1, 1.5, '1'],
  'masked.paddingIndex': [-1, 1.5, '1'],
  perChannel: bad.flag,
  'permute.axes': [[1, 1], [0, 1], [2, 3], 1],
  pointwiseConstraint: bad.constraint,
  pointwiseInitializer: bad.initializer,
  pointwiseRegularizer: bad.regularizer,
  poolSize: bad.size,
  projection: bad.layer,
  rate: bad.rate,
  recurrentConstraint: bad.constraint,
  recurrentInitializer: bad.initializer,
  recurrentRegularizer: bad.regularizer,
  returnSequences: bad.flag,
  'rnn.activation': ['gelu', 1],
  'rnn.layers': bad.count,
  rotary: bad.flag,
  rotaryBase: [0, -1, '1'],
  scale: bad.size,
  'selfAttention.scale': [0, -1, '1'],
  'crossAttention.scale': [0, -1, '1'],
  shape: [[-1, -1], [0], [1.5], -1],
  stride: bad.size,
  trackRunningStatistics: bad.flag,
  units: bad.count,
  vocabularySize: bad.count,
  weightInitializer: bad.initializer,
  weightRegularizer: bad.regularizer,
}

const cases = Object.entries(least).flatMap(([type, options]) => {
  const schema = layers[type as keyof typeof layers].schema(z.any())
  const { properties = {} } = jsonSchema(schema) as { properties?: Record<string, unknown> }
  const names = Object.keys(properties).filter((name) => name !== 'type')
  return names.map((option) => ({ type, option, options }))
})

/** The problems of a config, each led by its path. */
function problems(config: object): string[] {
  try {
    parse(layerSchema(), config, 'model')
  } catch (error) {
    const { code, message } = error as AttuneError
    return message.split('\n').map((line) => (code === 'CONFIG' ? line : `${code} ${line}`))
  }
  return []
}

test.each(cases)('$type refuses what $option cannot be', ({ type, option, options }) => {
  const values = wrong[`${type}.${option}`] ?? wrong[option] ?? []
  expect(values.length).toBeGreaterThan(0)
  for (const value of values) {
    const found = problems({ type, ...options, [option]: value })
    expect(found).not.toEqual([])
    for (const problem of found) {
      expect(problem).toMatch(new RegExp(`^model\\.${option}[.:].*(expected|unknown) `))
      expect(problem).not.toContain('Invalid input')
    }
  }
})

test.each(Object.entries(least))(
  '%s takes its least config and no unknown option',
  (type, options) => {
    expect(problems({ type, ...options })).toEqual([])
    expect(problems({ type, ...options, unheard: 1 })).toEqual([
      expect.stringMatching(/^model: unknown option `unheard`; /),
    ])
  },
)

test.each(Object.entries(least).filter(([, options]) => Object.keys(options).length > 0))(
  '%s says which option is missing',
  (type, options) => {
    const [option] = Object.keys(options)
    const found = problems({ type })
    expect(found[0]).toMatch(new RegExp(`^model\\.${option}: expected .*, got nothing`))
  },
)
