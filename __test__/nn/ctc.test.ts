// CTC: targets that cannot be spelled, where a target ends, and scores and targets that do not fit.

import { expect, test } from 'vitest'

import { ctc } from '../../src/index.ts'
import type { LossConfig } from '../../src/index.ts'
import { lossOf } from '../../src/nn/index.ts'
import { evaluate, gradients, Tensor } from '../../src/tensor/index.ts'
import { numbers } from '../golden/numbers.ts'

const shape = [1, 3, 4] as const
const scores = Tensor.from(numbers('scores', shape), shape)

async function lossAndGradient(
  config: LossConfig,
  target: readonly number[],
): Promise<readonly [number, number[]]> {
  const loss = lossOf(config)(scores, Tensor.from(target, [1, target.length], 'int32'))
  const [value = [], gradient = []] = await evaluate([loss, ...gradients(loss, [scores])])
  return [value[0] ?? 0, Array.from(gradient)]
}

test('a target longer than its input has an infinite loss, or none with zeroInfinity', async () => {
  const plain = ctc()
  const zeroed = ctc({ zeroInfinity: true })
  for (const target of [
    [1, 2, 3, 1],
    [1, 1, 2],
  ]) {
    expect(await lossAndGradient(plain, target)).toEqual([Infinity, Array(12).fill(Number.NaN)])
    expect(await lossAndGradient(zeroed, target)).toEqual([0, Array(12).fill(0)])
  }
})

test('a target that needs every step has one path', async () => {
  const [loss] = await lossAndGradient(ctc({ reduction: 'batchMean' }), [1, 2, 1])
  const logs = Array.from(await scores.logSoftmax().data())
  expect(loss).toBeCloseTo(-((logs[1] ?? 0) + (logs[6] ?? 0) + (logs[9] ?? 0)), 5)
  const [mean] = await lossAndGradient(ctc(), [1, 2, 1])
  expect(mean).toBeCloseTo(loss / 3, 6)
})

test('a target ends at its first negative number or blank', async () => {
  const wanted = await lossAndGradient(ctc(), [2])
  expect(await lossAndGradient(ctc(), [2, -1, 3])).toEqual(wanted)
  expect(await lossAndGradient(ctc(), [2, 0, 3])).toEqual(wanted)
  const last = await lossAndGradient(ctc({ blank: 3 }), [2, 0, 3])
  expect(last).toEqual(await lossAndGradient(ctc({ blank: 3 }), [2, 0]))
})

test('with inputLengths the first number of a target is how many steps count', async () => {
  const config = ctc({ inputLengths: true })
  expect(await lossAndGradient(config, [3, 2, 1])).toEqual(await lossAndGradient(ctc(), [2, 1]))
  const [, gradient] = await lossAndGradient(config, [2, 2, 1])
  expect(gradient.slice(8)).toEqual([0, 0, 0, 0])
  expect(gradient.slice(0, 8).every((value) => value !== 0)).toBe(true)
  expect((await lossAndGradient(config, [1, 2, 1]))[0]).toBe(Infinity)
  await expect(lossAndGradient(config, [4, 2, 1])).rejects.toMatchObject({ code: 'DATA' })
})

test('a label that is no class gives NaN', async () => {
  const [loss, gradient] = await lossAndGradient(ctc({ zeroInfinity: true }), [4])
  expect([loss, ...gradient].every(Number.isNaN)).toBe(true)
})

function refusal(config: LossConfig, output: Tensor, target: Tensor): string {
  try {
    lossOf(config)(output, target)
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code} ${message}`
  }
  return 'none'
}

test('scores, targets and options that do not fit are refused', () => {
  const target = Tensor.from([1, 2], [1, 2], 'int32')
  const problems = [
    refusal(ctc(), Tensor.zeros([3, 4]), target),
    refusal(ctc(), Tensor.zeros([2, 3, 4]), target),
    refusal(ctc({ inputLengths: true }), scores, Tensor.from(new Int32Array(), [1, 0])),
    refusal(ctc(), scores, Tensor.zeros([1, 2])),
    refusal(ctc({ blank: 4 }), scores, target),
    refusal(ctc({ blank: -1 }), scores, target),
    refusal(ctc({ reduction: 'sum' as 'mean' }), scores, target),
  ]
  const form = 'ctc: expected scores [batch, time, classes] and a target'
  expect(problems).toEqual([
    `SHAPE loss: ${form} [batch, labels], got scores [3, 4], target int32 [1, 2]: reshape one of them`,
    `SHAPE loss: ${form} [batch, labels], got scores [2, 3, 4], target int32 [1, 2]: reshape one of them`,
    `SHAPE loss: ${form} [batch, 1 + labels], got scores [1, 3, 4], target int32 [1, 0]: reshape one of them`,
    'DTYPE loss: ctc: expected a target of int32 or uint8, got scores [1, 3, 4], target float32 [1, 2]: give whole numbers',
    'CONFIG loss.blank: expected one of the 4 classes, got 4',
    'CONFIG loss.blank: expected a whole number of at least 0, got -1',
    'CONFIG loss.reduction: expected one of mean, batchMean, got "sum"',
  ])
})
