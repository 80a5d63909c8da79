// Saving and loading: the same predictions, the same training, and files that lie.

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import {
  dense,
  earlyStopping,
  flatten,
  layer,
  Module,
  registerModule,
  runJsonSchema,
  sequential,
  Trainer,
} from '../../src/index.ts'
import type { RunConfig, Tensor, TrainingEvent } from '../../src/index.ts'
import { cnn, codeOf, digits, hashOf, xor } from './small.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-save-'))
afterAll(() => rmSync(folder, { recursive: true }))

const images = Uint8Array.from({ length: 70 * 64 }, (_, i) => (i * 7) % 17)

test('a saved trainer predicts the same without being told its model', async () => {
  const file = join(folder, 'cnn.safetensors')
  const trainer = new Trainer(cnn)
  await trainer.fit()
  await trainer.save(file)
  const loaded = await Trainer.load(file)
  const expected = await trainer.predict(images)
  const found = await loaded.predict(images)
  expect(found).toEqual(expected)
  expect(found.shape).toEqual([70, 10])
  expect(found.classes).toEqual(['0', '1', '2', '3', '4', '5', '6', '7', '8', '9'])
  expect(await loaded.evaluate('validation')).toEqual(await trainer.evaluate('validation'))
})

test('a loaded trainer goes on as if it had never stopped', async () => {
  const file = join(folder, 'half.safetensors')
  const half = new Trainer({ ...cnn, epochs: 1 })
  await half.fit()
  await half.save(file)
  const loaded = await Trainer.load(file)
  await loaded.fit()
  const whole = new Trainer({ ...cnn, epochs: 2 })
  await whole.fit()
  expect(await hashOf(loaded)).toBe(await hashOf(whole))
})

test('predictions do not depend on how many samples come together', async () => {
  const trainer = new Trainer({ ...cnn, batchSize: 32 })
  const { values } = await trainer.predict(images)
  const alone = await trainer.predict(images.subarray(69 * 64))
  const difference = alone.values.map((value, i) => Math.abs(value - (values[690 + i] ?? 0)))
  expect(Math.max(...difference)).toBeLessThan(1e-5)
})

test('a model of an instance is saved and loaded with the model given again', async () => {
  class Residual extends Module {
    body = layer(dense({ units: 64, activation: 'tanh' }))
    scores = layer(dense({ units: 10 }))
    flat = layer(flatten())
    forward(x: Tensor): Tensor {
      const flat = this.flat(x) // (batch, 64)
      return this.scores(flat.add(this.body(flat)))
    }
  }
  const file = join(folder, 'instance.safetensors')
  const trainer = new Trainer({ ...digits, model: new Residual(), epochs: 1 })
  await trainer.fit()
  expect(Object.keys(await trainer.weights())).toEqual([
    'body.weight',
    'body.bias',
    'scores.weight',
    'scores.bias',
  ])
  await trainer.save(file)
  expect(await codeOf(() => Trainer.load(file))).toBe('CONFIG')
  const given = await Trainer.load(file, { model: new Residual() })
  expect(await given.predict(images)).toEqual(await trainer.predict(images))
  const block = registerModule('testResidual', Residual)
  const named = new Trainer({ ...digits, model: block({}), epochs: 1 })
  await named.save(file)
  const loaded = await Trainer.load(file)
  expect(await loaded.predict(images)).toEqual(await named.predict(images))
})

test('arrays are not saved: they are asked for where they are needed', async () => {
  const file = join(folder, 'xor.safetensors')
  const trainer = new Trainer(xor)
  const { history } = await trainer.fit()
  expect(history.at(-1)?.loss).toBeLessThan(0.05)
  await trainer.save(file)
  const loaded = await Trainer.load(file)
  const rows = [
    [0, 1],
    [1, 1],
  ]
  expect(await loaded.predict(rows)).toEqual(await trainer.predict(rows))
  expect(await codeOf(() => loaded.fit())).toBe('CONFIG')
  const { loss } = await loaded.evaluate(xor.data)
  expect(loss).toBe((await trainer.evaluate('train')).loss)
})

test('weights can be read and replaced by name', async () => {
  const trainer = new Trainer(xor)
  const bias = Float32Array.of(1, 2)
  await trainer.setWeights({ 'layers.1.bias': bias })
  expect((await trainer.weights())['layers.1.bias']).toEqual(bias)
  expect(await codeOf(() => trainer.setWeights({ 'layers.1.bas': bias }))).toBe('CONFIG')
  expect(await codeOf(() => trainer.setWeights({ 'layers.1.bias': Float32Array.of(1) }))).toBe(
    'SHAPE',
  )
})

test('a file that is cut short, lies, or is none is refused by its code', async () => {
  const file = join(folder, 'whole.safetensors')
  await new Trainer(digits).save(file)
  const bytes = readFileSync(file)
  const broken = join(folder, 'broken.safetensors')
  for (const length of [0, 4, 8, 100, bytes.length - 1]) {
    writeFileSync(broken, bytes)
    truncateSync(broken, length)
    expect(await codeOf(() => Trainer.load(broken)), `${length} bytes`).toBe('CORRUPT')
  }
  const huge = Buffer.from(bytes)
  huge.writeBigUInt64LE(2n ** 63n)
  const torn = Buffer.from(bytes)
  torn[9] = 0x7b
  const header = JSON.stringify({ __metadata__: { attune: '{"version":1,"config":5}' } })
  const prefix = Buffer.alloc(8)
  prefix.writeBigUInt64LE(BigInt(header.length))
  for (const lie of [huge, torn, Buffer.concat([prefix, Buffer.from(header)])]) {
    writeFileSync(broken, lie)
    expect(await codeOf(() => Trainer.load(broken))).toBe('CORRUPT')
  }
  expect(await codeOf(() => Trainer.load(join(folder, 'absent')))).toBe('IO')
  expect(await codeOf(() => new Trainer(digits).save(join(folder, 'no', 'folder')))).toBe('IO')
})

test('a run writes its config, every event and its weights', async () => {
  const runs = join(folder, 'runs')
  const callbacks = [earlyStopping({ patience: 5 })]
  const trainer = new Trainer({ ...digits, runs, name: 'digits', callbacks })
  const events: TrainingEvent[] = []
  for await (const event of trainer.fit()) events.push(event)
  const lines = readFileSync(join(runs, 'digits', 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
  expect(lines.map((line) => JSON.parse(line) as unknown)).toEqual(
    JSON.parse(JSON.stringify(events)),
  )
  const text = readFileSync(join(runs, 'digits', 'config.json'), 'utf8')
  const again = new Trainer(JSON.parse(text) as RunConfig)
  expect(again.config).toEqual(JSON.parse(JSON.stringify(trainer.config)))
  const loaded = await Trainer.load(join(runs, 'digits', 'weights.safetensors'))
  expect(await hashOf(loaded)).toBe(await hashOf(trainer))
})

test('the plan names every byte and kernel call before the run', async () => {
  const trainer = new Trainer(cnn)
  const plan = await trainer.plan()
  const { arenaBytes, stateBytes, optimizerBytes, panelBytes } = plan
  expect(plan.peakBytes).toBe(arenaBytes + stateBytes + optimizerBytes + panelBytes)
  expect(plan.launches.some(({ path, flops }) => path === 'layers.0' && flops > 0)).toBe(true)
  const { layers, parameters } = await trainer.inspect()
  expect(layers.map(({ type }) => type)).toEqual([
    'conv2d',
    'maxPool2d',
    'dropout',
    'batchNorm',
    'flatten',
    'dense',
  ])
  expect(layers.map(({ output }) => output.join())).toEqual([
    '6,6,8',
    '3,3,8',
    '3,3,8',
    '3,3,8',
    '72',
    '10',
  ])
  expect(parameters).toBe(9 * 8 + 8 + 16 + 72 * 10 + 10)
})

test('the JSON Schema of a run names its options and requires what has no default', () => {
  const schema = runJsonSchema() as { properties: object; required: string[] }
  expect(schema.required).toEqual(['model', 'data', 'loss', 'optimizer'])
  expect(Object.keys(schema.properties)).toContain('batchSize')
})

test('a sequential model of one layer inside another keeps its names', async () => {
  const model = sequential([flatten(), sequential([dense({ units: 10 })])])
  const weights = await new Trainer({ ...digits, model }).weights()
  expect(Object.keys(weights)).toEqual(['layers.1.layers.0.weight', 'layers.1.layers.0.bias'])
})
