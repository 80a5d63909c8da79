// Every loss beside PyTorch: its value and its gradient by the output, weights of samples and classes
// included. losses.py makes the file; what goes in is computed on both sides.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'

import type { LossConfig } from '../../src/index.ts'
import { losses, lossOf } from '../../src/nn/index.ts'
import { evaluate, gradients, Tensor } from '../../src/tensor/index.ts'
import { apart, numbers } from './numbers.ts'

interface Case {
  readonly name: string
  readonly config: LossConfig
  readonly output: readonly number[]
  readonly target: readonly number[]
  readonly form: string
  readonly kind: string
  readonly samples?: boolean
  readonly classes?: readonly number[]
  readonly loss: number
  readonly gradient: readonly number[]
}

const cases = JSON.parse(
  readFileSync(join(import.meta.dirname, 'losses.json'), 'utf8'),
) as readonly Case[]

/** Numbers made fit for a loss, as `drawn` of losses.py does it. */
function drawn(name: string, shape: readonly number[], form: string): Tensor {
  const [kind = '', count = 1] = form.split(' ')
  const raw = numbers(name, shape)
  const unit = Array.from(raw, (value) => (value + 2) / 4)
  const width = shape.at(-1) ?? 1
  const share = (i: number): number => {
    const row = i - (i % width)
    const sum = unit.slice(row, row + width).reduce((total, value) => total + value + 0.05, 0)
    return ((unit[i] ?? 0) + 0.05) / sum
  }
  const kinds: Record<string, (value: number, i: number) => number> = {
    raw: (value) => value,
    large: (value) => value * 40,
    unit: (_, i) => unit[i] ?? 0,
    edges: (value) => Math.min(1, Math.max(0, value)),
    positive: (value) => Math.abs(value) + 0.1,
    binary: (value) => Number(value > 0),
    sign: (value) => (value > 0 ? 1 : -1),
    count: (value) => Math.floor((value + 2) * 1.5),
    label: (_, i) => Math.floor((unit[i] ?? 0) * Number(count)),
    shares: (_, i) => share(i),
    logShares: (_, i) => Math.log(share(i)),
  }
  const values = Array.from(raw, (value, i) => kinds[kind]?.(value, i) ?? Number.NaN)
  return Tensor.from(values, shape, kind === 'label' ? 'int32' : 'float32')
}

test.each(cases)('$name computes what PyTorch does', async (one) => {
  const { name, config, form, kind, samples, classes } = one
  const output = drawn(`${name} x`, one.output, form)
  const target = drawn(`${name} y`, one.target, kind)
  const { mean } = lossOf(config).weighed(output, target, {
    samples: samples ? drawn(`${name} s`, one.output.slice(0, 1), "positive") : undefined,
    classes,
  })
  const [loss = [], gradient = []] = await evaluate([mean, ...gradients(mean, [output])])
  expect([apart(loss, [one.loss]), apart(gradient, one.gradient)]).toEqual([[], []])
})

test('every loss has at least three cases', () => {
  const counts = Object.keys(losses).map(
    (type) => [type, cases.filter(({ config }) => config.type === type).length] as const,
  )
  expect(counts.filter(([, count]) => count < 3)).toEqual([])
})
