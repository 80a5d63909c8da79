// Augmentation: what a training step sees of an image, and that it depends on seed, epoch and sample alone.

import { expect, test } from 'vitest'

import {
  crop,
  datasets,
  dense,
  flatten,
  flip,
  fromArrays,
  meanSquaredError,
  mixup,
  rotate,
  saltAndPepper,
  sequential,
  sgd,
  Trainer,
} from '../../src/index.ts'
import type { ChangeConfig, RunConfig } from '../../src/index.ts'
import { cnn, codeOf, hashOf } from './small.ts'

const image = Float32Array.from({ length: 12 }, (_, i) => i + 1) // 3 rows, 4 columns

/** One step from weights of 0 with this rate leaves the image that it saw as the weights. */
function looking(augment: readonly ChangeConfig[], seed = 0): RunConfig {
  const y = Float32Array.of(1)
  return {
    model: sequential([flatten(), dense({ units: 1, bias: false, weightInitializer: 'zeros' })]),
    data: fromArrays({ x: image, y }, { shape: [3, 4, 1], targetShape: [1] }),
    augment,
    loss: meanSquaredError(),
    optimizer: sgd({ learningRate: 0.5 }),
    batchSize: 1,
    epochs: 1,
    seed,
    threads: 1,
  }
}

async function seen(augment: readonly ChangeConfig[], seed = 0): Promise<number[]> {
  const trainer = new Trainer(looking(augment, seed))
  await trainer.fit()
  return Object.values(await trainer.weights()).flatMap((values) => Array.from(values))
}

/** The image with zeros around it. */
function pixel(row: number, column: number): number {
  return row < 0 || row > 2 || column < 0 || column > 3 ? 0 : row * 4 + column + 1
}

/** What is seen from so many rows further down and columns further right. */
function shifted(down: number, right: number): string {
  const row = (i: number): number => Math.floor(i / 4) + down
  return Array.from(image, (_, i) => pixel(row(i), (i % 4) + right)).join()
}

test('without changes the step sees the image', async () => {
  expect(await seen([])).toEqual([...image])
  expect(
    await seen([flip({ horizontal: 0 }), rotate({ degrees: 0 }), crop({ padding: 0 })]),
  ).toEqual([...image])
})

test('flip exchanges left and right, or top and bottom', async () => {
  const mirrored = [4, 3, 2, 1, 8, 7, 6, 5, 12, 11, 10, 9]
  expect(await seen([flip({ horizontal: 1 })])).toEqual(mirrored)
  const upsideDown = [9, 10, 11, 12, 5, 6, 7, 8, 1, 2, 3, 4]
  expect(await seen([flip({ horizontal: 0, vertical: 1 })])).toEqual(upsideDown)
})

test('a crop is a part of the image with zeros around it, and all places come up', async () => {
  const places = new Set<string>()
  for (let seed = 0; seed < 80; seed++)
    places.add((await seen([crop({ padding: 1 })], seed)).join())
  const steps = [-1, 0, 1]
  expect(places).toEqual(
    new Set(steps.flatMap((down) => steps.map((right) => shifted(down, right)))),
  )
})

test('rotate turns by an angle of their own and keeps the middle of the image', async () => {
  const turned = await seen([rotate({ degrees: 30 })], 1)
  const again = await seen([rotate({ degrees: 30 })], 1)
  const other = await seen([rotate({ degrees: 30 })], 2)
  expect(turned).toEqual(again)
  expect(turned).not.toEqual(other)
  expect(turned).not.toEqual([...image])
  const middle = ((turned[5] ?? 0) + (turned[6] ?? 0)) / 2
  expect(middle).toBeCloseTo(6.5, 4)
})

test('saltAndPepper sets its share of the pixels to the two values', async () => {
  const noisy = await seen([saltAndPepper({ share: 1, pepper: -1, salt: 2 })])
  expect(new Set(noisy)).toEqual(new Set([-1, 2]))
})

test('every epoch draws anew', async () => {
  // The rate is so small that the weights after each epoch tell how much of the image they saw.
  const config = { ...looking([flip({ horizontal: 0.5 })]), optimizer: sgd({ learningRate: 1e-6 }) }
  const trainer = new Trainer(config)
  const mirrored: boolean[] = []
  let before = 0
  for (let epoch = 0; epoch < 20; epoch++) {
    await trainer.fit()
    const [weights = new Float32Array()] = Object.values(await trainer.weights())
    mirrored.push((weights[0] ?? 0) - before > 4e-6)
    before = weights[0] ?? 0
  }
  expect(new Set(mirrored).size).toBe(2)
})

test('measuring sees the images as they are', async () => {
  const plain = new Trainer({ ...cnn, epochs: 1 })
  const noisy = new Trainer({ ...cnn, epochs: 1, augment: [saltAndPepper({ share: 0.9 })] })
  expect(await noisy.evaluate('validation')).toEqual(await plain.evaluate('validation'))
})

test('augmented training gives the same weights for any threads and steps of a call', async () => {
  const augment = [
    flip({ vertical: 0.5 }),
    rotate({ degrees: 15 }),
    crop({ padding: 1 }),
    saltAndPepper({ salt: 16 }),
  ]
  const few = { ...cnn, augment, data: datasets.digits({ validation: 0.85 }), epochs: 2 }
  const hashes = new Set<string>()
  for (const [threads, stepsPerCall] of [
    [1, 1],
    [2, 50],
    [3, 3],
    [7, undefined],
  ] as const) {
    const trainer = new Trainer({ ...few, threads })
    await trainer.fit({ stepsPerCall })
    hashes.add(await hashOf(trainer))
  }
  expect(hashes.size).toBe(1)
})

test('what is no image, or no sound change, is refused by code and place', async () => {
  const flat = fromArrays({ x: image, y: Float32Array.of(1) }, { shape: [12], targetShape: [1] })
  const trainer = new Trainer({ ...looking([flip()]), data: flat })
  expect(await codeOf(() => trainer.fit())).toBe('SHAPE')
  const made = (augment: unknown) => () => new Trainer({ ...looking([]), augment } as RunConfig)
  expect(made([rotate({ degrees: 200 })])).toThrow(/augment\.0\.degrees: expected .* got 200/)
  expect(made([mixup(), flip()])).toThrow(/augment: .*put them last/)
  expect(made([mixup(), mixup()])).toThrow(/augment: .*twice/)
  expect(made([{ type: 'rotat', degrees: 3 }])).toThrow(/did you mean "rotate"/)
  expect(made(flip())).toThrow(/augment: expected an array of changes/)
})
