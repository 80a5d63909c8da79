// Layers on inputs that do not fit them, and on numbers at the edge of what float32 holds.

import { expect, test } from 'vitest'

import {
  adaptiveAvgPool2d,
  avgPool1d,
  batchNorm,
  concat,
  conv1d,
  conv2d,
  convTranspose2d,
  dense,
  depthwiseConv2d,
  dropPath,
  flatten,
  globalAvgPool,
  globalMaxPool,
  glu,
  grayscale,
  groupNorm,
  instanceNorm,
  layer,
  layerNorm,
  maxPool1d,
  maxPool2d,
  permute,
  reshape,
  residual,
  rmsNorm,
  separableConv2d,
  sequential,
  spatialDropout,
  swiglu,
  Tensor,
  trace,
  upsample2d,
  zeroPad2d,
} from '../../src/index.ts'
import type { AttuneError, LayerConfig } from '../../src/index.ts'
import { activations } from '../../src/nn/index.ts'
import { runLayer } from '../golden/run-layer.ts'

const misfits: readonly (readonly [LayerConfig, readonly number[], string])[] = [
  [
    adaptiveAvgPool2d({ outputSize: 1 }),
    [2, 3, 4],
    'expected images [batch, height, width, channels]',
  ],
  [avgPool1d({ poolSize: 2 }), [2, 3], 'expected sequences [batch, time, channels], got [2, 3]'],
  [avgPool1d({ poolSize: 4 }), [2, 3, 1], '4'],
  [batchNorm(), [3], 'expected an input [batch, ..., channels], got rank 1'],
  [concat({ branches: [flatten()], axis: 0 }), [2, 3], 'expected an axis from 1 to 1'],
  [concat({ branches: [flatten()], axis: 2 }), [2, 3], 'for branches of rank 2, got 2'],
  [concat({ branches: [flatten(), sequential([])] }), [2, 3, 4], 'concat'],
  [conv1d({ filters: 4, kernelSize: 3 }), [2, 3], 'expected sequences'],
  [conv1d({ filters: 4, kernelSize: 3, groups: 2 }), [2, 5, 3], '2 groups, 3 channels, 4 filters'],
  [
    conv2d({ filters: 3, kernelSize: 3, groups: 2 }),
    [2, 5, 5, 2],
    '2 groups, 2 channels, 3 filters',
  ],
  [convTranspose2d({ filters: 4, kernelSize: 3 }), [2, 3], 'expected images'],
  [convTranspose2d({ filters: 3, kernelSize: 3, groups: 2 }), [2, 3, 3, 2], 'groups must divide'],
  [convTranspose2d({ filters: 1, kernelSize: 3, padding: 2 }), [1, 1, 1, 1], 'lower the padding'],
  [dense({ units: 2 }), [], 'expected an input [..., in], got a scalar'],
  [depthwiseConv2d({ kernelSize: 3 }), [2, 3], 'expected images'],
  [dropPath({ rate: 0.5 }), [], 'expected an input [batch, ...], got a scalar'],
  [globalAvgPool(), [2, 3], 'expected an input [batch, ..., channels], got rank 2'],
  [globalMaxPool(), [2, 3], 'expected an input [batch, ..., channels], got rank 2'],
  [glu(), [2, 3], 'expected a last axis of even size to cut in halves, got [2, 3]'],
  [grayscale(), [2, 4, 4, 2], 'expected images [batch, height, width, 3 or 1]'],
  [groupNorm({ groups: 2 }), [2, 3], 'that 2 groups divide, got [2, 3]'],
  [instanceNorm(), [2, 3], 'expected an input [batch, ..., channels], got rank 2'],
  [layerNorm({ axes: 2 }), [2, 3], 'more axes than the 2 to normalise, got rank 2'],
  [maxPool1d({ poolSize: 2 }), [2, 3], 'expected sequences'],
  [maxPool2d({ poolSize: 2 }), [2, 3], 'expected images'],
  [permute({ axes: [2, 1] }), [2, 3], 'expected an input of 2 axes beside the batch'],
  [reshape({ shape: [4] }), [2, 3], 'a sample [3] of 3 values does not fit [4]'],
  [reshape({ shape: [-1, 2] }), [2, 3], 'a sample [3] of 3 values does not fit [-1, 2]'],
  [
    residual({ layer: dense({ units: 2 }) }),
    [2, 3],
    'gives [2, 2] and the input beside it is [2, 3]',
  ],
  [rmsNorm({ axes: 3 }), [2, 3], 'more axes than the 3 to normalise, got rank 2'],
  [separableConv2d({ filters: 2, kernelSize: 3 }), [2, 3], 'expected images'],
  [spatialDropout({ rate: 0.5 }), [3], 'expected an input [batch, ..., channels], got rank 1'],
  [swiglu(), [2, 5], 'expected a last axis of even size'],
  [upsample2d(), [2, 3], 'expected images'],
  [zeroPad2d({ padding: 1 }), [2, 3], 'expected images'],
]

test.each(misfits.map(([config, shape, words]) => ({ type: config.type, shape, words, config })))(
  '$type refuses an input of $shape under its name',
  ({ config, shape, words }) => {
    const module = layer(sequential([config]))
    let error: AttuneError | undefined
    try {
      trace(module, 'train', () => module.forward(Tensor.zeros(shape)))
    } catch (found) {
      error = found as AttuneError
    }
    expect(error?.code).toBe('SHAPE')
    expect(error?.message).toMatch(/^layers\.0/)
    expect(error?.message).toContain(words)
  },
)

/** Ones in one row. */
function ones(shape: readonly number[]): Float32Array {
  return new Float32Array(shape[1] ?? 0).fill(1)
}

test.each(Object.keys(activations))(
  '%s of large numbers and its gradient are finite',
  async (type) => {
    const x = Float32Array.of(-1e12, -1e4, -100, 0, 100, 1e4, 1e12, 1)
    const run = {
      config: { type } as LayerConfig,
      mode: 'train',
      x,
      shape: [1, 8],
      dy: ones,
    } as const
    const { y, dx } = await runLayer(run)
    expect([...(y ?? [])].filter((value) => !Number.isFinite(value))).toEqual([])
    expect([...(dx ?? [])].filter((value) => !Number.isFinite(value))).toEqual([])
  },
)
