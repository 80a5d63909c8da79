// Test-time augmentation: outputs for several looks at a sample are averaged, in measuring and predicting.

import { expect, test } from 'vitest'

import { brightness, flip, fromArrays, mixup, pixelNoise, Trainer } from '../../src/index.ts'
import { cnn, codeOf } from './small.ts'

const images = Uint8Array.from({ length: 6 * 64 }, (_, i) => (i * 37) % 17)
const mirrored = images.map((_, i) => images[i - (i % 8) + 7 - (i % 8)] ?? 0)
const mirror = [flip({ horizontal: 1 })]

async function trained(): Promise<Trainer> {
  const trainer = new Trainer({ ...cnn, epochs: 1 })
  await trainer.fit()
  return trainer
}

test('the output for two looks is the mean of the outputs for each', async () => {
  const trainer = await trained()
  const plain = await trainer.predict(images)
  const other = await trainer.predict(mirrored)
  const both = await trainer.predict(images, { views: [[], mirror] })
  expect(both.shape).toEqual(plain.shape)
  const mean = plain.values.map((value, i) => (value + (other.values[i] ?? 0)) / 2)
  both.values.forEach((value, i) => expect(value).toBeCloseTo(mean[i] ?? Number.NaN, 5))
  const one = await trainer.predict(images, { views: [mirror] })
  expect(one.values).toEqual(other.values)
})

test('measuring sees the looks too, and random ones are drawn apart', async () => {
  const trainer = await trained()
  const plain = await trainer.evaluate('validation')
  const turned = await trainer.evaluate('validation', { views: [[], mirror, [brightness()]] })
  expect(turned.samples).toBe(plain.samples)
  expect(turned.loss).not.toBe(plain.loss)
  expect(await trainer.evaluate('validation', { views: [[]] })).toEqual(plain)
  const y = Int32Array.of(0, 1, 2, 3, 4, 5) as unknown as number[]
  const data = fromArrays({ x: images, y }, { shape: [8, 8, 1] })
  const noise = [pixelNoise({ sigma: 0.5 })]
  const once = await trainer.evaluate(data, { views: [noise] })
  const twice = await trainer.evaluate(data, { views: [noise, noise] })
  expect(twice.loss).not.toBeCloseTo(once.loss, 6)
  expect(await trainer.evaluate(data, { views: [noise, noise] })).toEqual(twice)
})

test('views that are none are refused by place', async () => {
  const trainer = await trained()
  const refused = (views: unknown): Promise<unknown> =>
    codeOf(() => trainer.predict(images, { views } as never))
  expect(await refused([[mixup()]])).toBe('CONFIG')
  expect(await refused([[{ type: 'flop' }]])).toBe('CONFIG')
  await expect(trainer.predict(images, { views: [[{ type: 'flop' } as never]] })).rejects.toThrow(
    /predict\.views\.0\.0\.type: unknown change "flop"; did you mean "flip"/,
  )
})
