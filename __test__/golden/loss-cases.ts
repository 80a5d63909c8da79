// The cases of losses.json with their outputs and targets, computed as losses.py does.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import type { LossConfig } from '../../src/index.ts'
import { Tensor } from '../../src/tensor/index.ts'
import { numbers } from './numbers.ts'

interface Golden {
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

const golden = JSON.parse(
  readFileSync(join(import.meta.dirname, 'losses.json'), 'utf8'),
) as readonly Golden[]

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

/** A loss, what it is given, and what PyTorch computes for it. */
export interface LossCase extends Omit<Golden, 'output' | 'target' | 'samples'> {
  readonly output: Tensor
  readonly target: Tensor
  /** The weights of the samples, where they have any. */
  readonly samples: Tensor | undefined
}

/** The cases of every loss. */
export const lossCases: readonly LossCase[] = golden.map((one) => ({
  ...one,
  output: drawn(`${one.name} x`, one.output, one.form),
  target: drawn(`${one.name} y`, one.target, one.kind),
  samples: one.samples ? drawn(`${one.name} s`, one.output.slice(0, 1), 'positive') : undefined,
}))
