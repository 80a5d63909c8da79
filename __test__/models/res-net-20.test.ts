// ResNet-20 with the weights that were published for it, on real images of CIFAR-10.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

import {
  accuracy,
  cifarResNet,
  crossEntropy,
  fromArrays,
  resNet20,
  sgd,
  Trainer,
} from '../../src/index.ts'
import type { Arrays, LayerConfig } from '../../src/index.ts'
import { sharedData } from '../data/shared-data.ts'
import { readTorchFile } from './torch-file.ts'
import type { Stored } from './torch-file.ts'

const published = sharedData('resnet-cifar10-pretrained')
const images = sharedData('cifar10-lossless-5k')

function trainer(model: LayerConfig, arrays: Arrays): Trainer {
  return new Trainer({
    model,
    data: fromArrays(arrays, { shape: [32, 32, 3] }),
    loss: crossEntropy(),
    optimizer: sgd(),
    metrics: [accuracy()],
  })
}

/** Records of a label and the planes R, G and B, as `(pixels / 255 - mean) / deviation`, NHWC. */
function cifar(file: string): { x: Float32Array; y: Int32Array } {
  const mean = [0.485, 0.456, 0.406]
  const deviation = [0.229, 0.224, 0.225]
  const bytes = gunzipSync(readFileSync(file))
  const count = bytes.length / 3073
  const x = Float32Array.from({ length: count * 3072 }, (_, i) => {
    const [image, pixel, channel] = [Math.floor(i / 3072), Math.floor((i % 3072) / 3), i % 3]
    const value = bytes[image * 3073 + 1 + channel * 1024 + pixel] ?? 0
    return (value / 255 - (mean[channel] ?? 0)) / (deviation[channel] ?? 1)
  })
  return { x, y: Int32Array.from({ length: count }, (_, i) => bytes[i * 3073] ?? 0) }
}

const parts: Readonly<Record<string, string>> = {
  weight: 'weight',
  bias: 'bias',
  running_mean: 'runningMean',
  running_var: 'runningVariance',
}

/** `module.layer2.1.conv2.weight` as it is called here. */
function nameOf(theirs: string): string {
  const part = parts[theirs.split('.').at(-1) ?? '']
  const [, stage, block, kind, number] =
    /layer(\d)\.(\d)\.(conv|bn)(\d)\./.exec(theirs)?.map(String) ?? []
  if (stage !== undefined) {
    const at = 3 * Number(stage) + Number(block)
    return `layers.${at}.layers.0.layer.layers.${3 * Number(number) - (kind === 'conv' ? 3 : 2)}.${part}`
  }
  const at = theirs.includes('linear') ? 13 : theirs.includes('conv') ? 0 : 1
  return `layers.${at}.${part}`
}

/** Convolutions from OIHW to HWIO, the dense weight from [out, in] to [in, out]. */
function turned({ values, shape }: Stored): Float32Array {
  if (shape.length < 2) return values
  const [outputs = 1, inputs = 1, height = 1, width = 1] = shape
  const area = height * width
  return Float32Array.from(values, (_, i) => {
    const [place, input, output] = [
      Math.floor(i / (inputs * outputs)),
      Math.floor(i / outputs) % inputs,
      i % outputs,
    ]
    return values[(output * inputs + input) * area + place] ?? 0
  })
}

test('the layers of 6 n + 2 have the published numbers of weights', async () => {
  const image = { x: new Float32Array(3072), y: [0] }
  for (const [depth, count] of [
    [20, 269_722],
    [32, 464_154],
    [44, 658_586],
    [56, 853_018],
  ] as const) {
    const weights = Object.entries(await trainer(cifarResNet({ depth }), image).weights())
    const trained = weights.filter(([name]) => !name.includes('running'))
    expect(trained.reduce((sum, [, { length }]) => sum + length, 0)).toBe(count)
  }
  expect(() => cifarResNet({ depth: 21 })).toThrow('depth: expected 6 n + 2')
})

test.skipIf(published === undefined || images === undefined)(
  'the published ResNet-20 tells 91.5 % of the lossless test images apart',
  async () => {
    const stored = readTorchFile(readFileSync(join(published ?? '', 'resnet20-12fca82f.th')))
    const weights = Object.entries(stored).map(
      ([name, tensor]) => [nameOf(name.replace('module.', '')), turned(tensor)] as const,
    )
    const model = trainer(resNet20(), cifar(join(images ?? '', 'lossless-test-0-999.bin.gz')))
    expect(weights.map(([name]) => name).toSorted()).toEqual(
      Object.keys(await model.weights()).toSorted(),
    )
    await model.setWeights(Object.fromEntries(weights))
    const { metrics } = await model.evaluate('train')
    expect(metrics['accuracy']).toBe(0.915)
  },
)
