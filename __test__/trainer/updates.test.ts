// What the update of a step does beside the optimizer's rule: groups, clipping, accumulation,
// averages, constraints, whatever the number of threads.

import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { expect, test } from 'vitest'

import {
  adafactor,
  adamW,
  dense,
  ema,
  flatten,
  fromArrays,
  lamb,
  maxNorm,
  meanSquaredError,
  muon,
  nonNegative,
  scheduleFreeAdamW,
  sequential,
  sgd,
  swa,
  Trainer,
  unitNorm,
} from '../../src/index.ts'
import type { Callback, GradientMoments, OptimizerConfig, RunConfig } from '../../src/index.ts'
import { cnn, codeOf, digits, hashOf } from './small.ts'

test.each<[string, Partial<RunConfig>]>([
  ['muon', { optimizer: muon({ learningRate: 0.02 }) }],
  ['lamb', { optimizer: lamb({ learningRate: 0.01 }) }],
  ['adafactor', { optimizer: adafactor() }],
  ['scheduleFreeAdamW', { optimizer: scheduleFreeAdamW() }],
  ['adaptiveClip and ema', { optimizer: sgd({ adaptiveClip: {}, average: ema({ decay: 0.9 }) }) }],
  ['zClip and accumulate', { optimizer: sgd({ zClip: { warmup: 5 } }), accumulate: 3 }],
])('any number of threads gives the same weights: %s', async (_, changes) => {
  const hashes = new Set<string>()
  for (const threads of [1, 2, 3, 7]) {
    const model = sequential([
      flatten(),
      dense({ units: 300, activation: 'relu' }),
      dense({ units: 10 }),
    ])
    const trainer = new Trainer({
      ...digits,
      model,
      epochs: 1,
      batchSize: 256,
      ...changes,
      threads,
    })
    await trainer.fit()
    hashes.add(await hashOf(trainer))
  }
  expect(hashes.size).toBe(1)
})

test('a frozen parameter stays as it is and has no gradient', async () => {
  const optimizer = adamW({ groups: [{ match: 'layers.1.*', freeze: true }] })
  const trainer = new Trainer({ ...digits, optimizer, epochs: 1 })
  const before = await trainer.weights()
  await trainer.fit()
  const after = await trainer.weights()
  expect(after['layers.1.weight']).toEqual(before['layers.1.weight'])
  expect(after['layers.2.weight']).not.toEqual(before['layers.2.weight'])
  const unfrozen = new Trainer({ ...digits, optimizer: adamW(), epochs: 1 })
  expect((await trainer.plan()).flops).toBeLessThan((await unfrozen.plan()).flops)
})

test('freezing everything and matching nothing are errors', async () => {
  const all = new Trainer({ ...digits, optimizer: sgd({ groups: [{ match: '*', freeze: true }] }) })
  await expect(all.fit()).rejects.toThrow('all are frozen')
  const none = new Trainer({ ...digits, optimizer: sgd({ groups: [{ match: 'head.*' }] }) })
  await expect(none.fit()).rejects.toThrow('optimizer.groups.0.match')
  expect(await codeOf(() => none.fit())).toBe('CONFIG')
})

const clippings: Partial<Parameters<typeof sgd>[0]>[] = [
  { clipNorm: 1 },
  { clipValue: 1 },
  { clipNormPerParameter: 1 },
  { adaptiveClip: {} },
  { zClip: { warmup: 1 } },
]

/** One dense layer with weights of 1 that learns `y` from `x`. */
async function line(x: number, y: number, options: Partial<RunConfig>): Promise<Trainer> {
  const trainer = new Trainer({
    model: sequential([dense({ units: 1 })]),
    data: fromArrays({
      x: Array.from({ length: 4 }, () => [x]),
      y: Array.from({ length: 4 }, () => [y]),
    }),
    loss: meanSquaredError(),
    optimizer: sgd(),
    batchSize: 2,
    epochs: 1,
    threads: 1,
    ...options,
  })
  await trainer.setWeights({
    'layers.0.weight': Float32Array.of(1),
    'layers.0.bias': Float32Array.of(0),
  })
  return trainer
}

test.each(clippings)('gradients of zero leave weights as they are: %j', async (clipping) => {
  const trainer = await line(1, 1, { optimizer: sgd({ learningRate: 1, ...clipping }) })
  await trainer.fit()
  expect(await trainer.weights()).toEqual({
    'layers.0.weight': Float32Array.of(1),
    'layers.0.bias': Float32Array.of(0),
  })
})

test.each(clippings)(
  'a gradient that is not finite ends the run before it: %j',
  async (clipping) => {
    const optimizer = sgd({ learningRate: 1, ...clipping })
    const infinite = await line(3e38, 1, { optimizer })
    expect(await codeOf(() => infinite.fit())).toBe('DIVERGED')
    const { 'layers.0.weight': weight, 'layers.0.bias': bias } = await infinite.weights()
    expect([weight?.[0], bias?.[0]]).toEqual([1, 0])

    const nan = await line(1, 2, { optimizer })
    await nan.setWeights({ 'layers.0.bias': Float32Array.of(Number.NaN) })
    expect(await codeOf(() => nan.fit())).toBe('DIVERGED')
    expect((await nan.weights())['layers.0.weight']?.[0]).toBe(1)
  },
)

test('an accumulated gradient that is not finite is not kept for the next run', async () => {
  const trainer = await line(3e38, 1, { accumulate: 2 })
  expect(await codeOf(() => trainer.fit())).toBe('DIVERGED')
  expect(await codeOf(() => trainer.fit())).toBe('DIVERGED')
  const sound = await line(1, 3, { accumulate: 2, optimizer: sgd({ learningRate: 0.1 }) })
  await sound.fit()
  // dL/dw = 2 (w + b - 3) = -4 over all four samples, so one step of 0.4.
  expect((await sound.weights())['layers.0.weight']?.[0]).toBeCloseTo(1.4, 6)
})

/** The losses of two epochs by SGD, and the weights after. */
async function walk(sizes: Partial<RunConfig>): Promise<[number[], Record<string, Float32Array>]> {
  const optimizer = sgd({ learningRate: 0.1 })
  const trainer = new Trainer({ ...digits, ...sizes, optimizer, epochs: 2 })
  const losses: number[] = []
  for await (const event of trainer.fit()) {
    if (event.type === 'step') losses.push(event.loss ?? Number.NaN)
  }
  return [losses, await trainer.weights()]
}

test('accumulated batches make the steps of one large batch', async () => {
  const [losses, weights] = await walk({ batchSize: 64 })
  const [same, near] = await walk({ batchSize: 16, accumulate: 4 })
  expect(same).toHaveLength(losses.length)
  losses.forEach((loss, i) => expect(same[i]).toBeCloseTo(loss, 5))
  for (const [name, values] of Object.entries(weights)) {
    values.forEach((value, i) => expect(near[name]?.[i]).toBeCloseTo(value, 5))
  }
})

test('accumulated batches of weighted samples make the step of one large batch', async () => {
  const x = Float32Array.from({ length: 14 }, (_, i) => Math.sin(i))
  const y = Float32Array.from({ length: 7 }, (_, i) => Math.cos(i))
  const weight = Float32Array.of(1, 0.5, 3, 0.25, 2, 0, 4)
  const walked = []
  for (const sizes of [{ batchSize: 7 }, { batchSize: 2, accumulate: 4 }]) {
    const trainer = new Trainer({
      model: sequential([dense({ units: 1 }), flatten()]),
      data: fromArrays({ x, y: Array.from(y, (one) => [one]), weight }, { shape: [2] }),
      loss: meanSquaredError(),
      optimizer: sgd({ learningRate: 0.5 }),
      epochs: 3,
      threads: 1,
      ...sizes,
    })
    const { history } = await trainer.fit()
    walked.push({ weights: await trainer.weights(), loss: history.map(({ loss }) => loss) })
  }
  const [whole, parts] = walked
  for (const [name, values] of Object.entries(whole?.weights ?? {})) {
    values.forEach((value, i) => expect(parts?.weights[name]?.[i]).toBeCloseTo(value, 6))
  }
  whole?.loss.forEach((loss, i) => expect(parts?.loss[i]).toBeCloseTo(loss ?? Number.NaN, 6))
})

test('dropout draws anew for every accumulated batch, whatever the length of calls', async () => {
  const hashes = new Set<string>()
  for (const stepsPerCall of [1, 3, 1000]) {
    const trainer = new Trainer({ ...cnn, accumulate: 2, epochs: 1 })
    await trainer.fit({ stepsPerCall })
    hashes.add(await hashOf(trainer))
  }
  expect(hashes.size).toBe(1)
})

test('validation, evaluate and predict use the average, training does not', async () => {
  const optimizer = sgd({ learningRate: 0.1, average: ema({ decay: 0.99 }) })
  const trainer = new Trainer({ ...digits, optimizer, epochs: 1 })
  const { history } = await trainer.fit()
  const averaged = await trainer.weights({ averaged: true })
  const own = await trainer.weights()
  expect(averaged).not.toEqual(own)

  const plain = new Trainer({ ...digits, optimizer: sgd({ learningRate: 0.1 }), epochs: 1 })
  await plain.fit()
  expect(await plain.weights()).toEqual(own)
  await plain.setWeights(averaged)
  const { loss } = await plain.evaluate('validation')
  expect((await trainer.evaluate('validation')).loss).toBe(loss)
  expect(history[0]?.metrics['val.loss']).toBe(loss)
})

test('before its first epoch SWA evaluates the trained weights', async () => {
  const trainer = new Trainer({
    ...digits,
    optimizer: sgd({ learningRate: 0.1, average: swa({ start: 2 }) }),
    epochs: 2,
  })
  await trainer.fit()
  expect(await trainer.weights({ averaged: true })).toEqual(await trainer.weights())
  await trainer.fit()
  expect(await trainer.weights({ averaged: true })).not.toEqual(await trainer.weights())
})

test.each<[string, OptimizerConfig]>([
  ['ema', sgd({ learningRate: 0.1, average: ema({ decay: 0.9 }) })],
  ['swa', sgd({ learningRate: 0.1, average: swa() })],
  ['scheduleFreeAdamW', scheduleFreeAdamW({ learningRate: 0.01 })],
  ['muon', muon({ learningRate: 0.02 })],
  ['nAdam', { type: 'nAdam' }],
  ['zClip', sgd({ learningRate: 0.1, zClip: { warmup: 3 } })],
])('a loaded run evaluates and goes on as the saved one would: %s', async (_, optimizer) => {
  const file = join(await mkdtemp(join(tmpdir(), 'attune-')), 'weights.safetensors')
  const trainer = new Trainer({ ...digits, optimizer, epochs: 1 })
  await trainer.fit()
  await trainer.save(file)
  const loaded = await Trainer.load(file)
  expect(await loaded.weights()).toEqual(await trainer.weights())
  expect(await loaded.weights({ averaged: true })).toEqual(
    await trainer.weights({ averaged: true }),
  )
  expect((await loaded.evaluate('validation')).loss).toBe(
    (await trainer.evaluate('validation')).loss,
  )
  await trainer.fit()
  await loaded.fit()
  expect(await loaded.weights()).toEqual(await trainer.weights())
  expect(await loaded.weights({ averaged: true })).toEqual(
    await trainer.weights({ averaged: true }),
  )
})

test('a file holds the averages under the names of the weights', async () => {
  const file = join(await mkdtemp(join(tmpdir(), 'attune-')), 'weights.safetensors')
  const optimizer = sgd({ learningRate: 0.1, average: ema({ decay: 0.9 }) })
  const trainer = new Trainer({ ...digits, optimizer, epochs: 1 })
  await trainer.fit()
  await trainer.save(file)
  const plain = await Trainer.load(file, { optimizer: sgd() })
  expect(await plain.weights()).toEqual(await trainer.weights({ averaged: true }))
})

test('callbacks see the gradients of the trained weights, not of their average', async () => {
  const moments: GradientMoments[] = []
  const look: Callback = {
    onEpoch: async ({ probe }) => void moments.push(await probe.gradientMoments(4)),
  }
  for (const average of [undefined, ema({ decay: 0.99 })]) {
    const optimizer = sgd({ learningRate: 0.1, average })
    await new Trainer({ ...digits, optimizer, epochs: 1, callbacks: [look] }).fit()
  }
  expect(moments).toHaveLength(2)
  expect(moments[1]).toEqual(moments[0])
})

test('new weights begin their average anew', async () => {
  const optimizer = sgd({ learningRate: 0.1, average: ema({ decay: 0.999 }) })
  const trainer = new Trainer({ ...digits, optimizer, epochs: 1 })
  const first = await trainer.weights()
  await trainer.fit()
  await trainer.setWeights(first)
  expect(await trainer.weights({ averaged: true })).toEqual(first)
})

test('constraints hold after every step', async () => {
  const trainer = new Trainer({
    ...digits,
    model: sequential([
      flatten(),
      dense({ units: 32, kernelConstraint: maxNorm({ max: 0.5 }), biasConstraint: 'nonNegative' }),
      dense({ units: 16, kernelConstraint: unitNorm() }),
      dense({ units: 10, kernelConstraint: nonNegative() }),
    ]),
    epochs: 1,
  })
  await trainer.fit()
  const weights = await trainer.weights()
  const norms = (name: string, columns: number): number[] => {
    const squares = Array.from({ length: columns }, () => 0)
    weights[name]?.forEach((w, i) => (squares[i % columns] = (squares[i % columns] ?? 0) + w * w))
    return squares.map(Math.sqrt)
  }
  expect(Math.max(...norms('layers.1.weight', 32))).toBeLessThan(0.5 + 1e-5)
  expect(norms('layers.1.weight', 32).some((norm) => norm > 0.49)).toBe(true)
  norms('layers.2.weight', 16).forEach((norm) => expect(norm).toBeCloseTo(1, 5))
  expect(Math.min(...(weights['layers.3.weight'] ?? []))).toBe(0)
  expect(Math.min(...(weights['layers.1.bias'] ?? []))).toBeGreaterThanOrEqual(0)
})

test('a step of no batches is refused', () => {
  const message = 'accumulate: expected a whole number of at least 1, got 0'
  expect(() => new Trainer({ ...digits, accumulate: 0 })).toThrow(message)
})

test('a constraint that is none names its place', () => {
  const model = sequential([dense({ units: 1, kernelConstraint: { type: 'maxNorm', max: 0 } })])
  expect(() => new Trainer({ ...digits, model })).toThrow('kernelConstraint.max: expected a number')
})
