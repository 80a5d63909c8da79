// Tensor: an immutable value that records how it is computed and is computed when it is read.

import { AttuneError } from '../errors/index.ts'
import type { AttentionOptions } from './attention.ts'
import { axesOf } from './axes.ts'
import { elements } from './dtype.ts'
import type { DType, TensorType, TypedArray } from './dtype.ts'
import { evaluate } from './evaluate.ts'
import { infer } from './infer.ts'
import { checkShape, flatten, nest } from './nested.ts'
import type { Nested } from './nested.ts'
import type { Node, OpJson, Origin } from './node.ts'
import { currentPath } from './path.ts'
import { Pointwise } from './pointwise.ts'
import type { Operand } from './pointwise.ts'
import type { CtcAttributes, RecurrenceOptions, RecurrenceOutputs } from './recurrence.ts'
import type { AvgPool2dWindow, BatchNormOutputs, Conv2dWindow, Pool2dWindow } from './windows.ts'

/** Which axes a reduction runs over (default: all) and whether they stay with a size of 1. */
export interface Reduction {
  readonly axes?: number | readonly number[]
  readonly keepDims?: boolean
}

/**
 * An immutable array of numbers: `float32`, `int32` or `uint8`.
 *
 * Operations only record; `await t.data()` compiles what `t` needs and runs it off the main
 * thread. Nothing is to be disposed: the garbage collector owns the graph. Two operands of
 * different shape are aligned at the last axis and sizes of 1 repeat; numbers repeat everywhere.
 *
 * @example
 * ```ts
 * const x = Tensor.from([[1, 2], [3, 4]])
 * await x.matMul(x).add(1).array() // [[8, 11], [16, 23]]
 * ```
 */
export class Tensor extends Pointwise {
  #node: Node
  #output: number
  #pending: Promise<TypedArray> | undefined
  readonly shape: readonly number[]
  readonly dtype: DType

  /** One output of a node; use `Tensor.from` and the operations instead. */
  constructor(node: Node, output = 0) {
    super()
    const type = node.types[output]
    if (type === undefined) throw new AttuneError('INTERNAL', `the node has no output ${output}`)
    this.#node = node
    this.#output = output
    this.shape = type.shape
    this.dtype = type.dtype
  }

  /** A copy of nested arrays (`float32` unless `dtype` says otherwise) or of a typed array. */
  static from(
    values: Nested | TypedArray | Float64Array,
    shape?: readonly number[],
    dtype?: DType,
  ): Tensor {
    const flat = flatten(values, shape, dtype)
    return leaf({ kind: 'data', data: flat.data }, flat)
  }

  /** `value` at every place, as `float32`. */
  static full(shape: readonly number[], value: number): Tensor {
    checkShape(shape)
    const type = { dtype: 'float32', shape: [...shape] } as const
    if (Number.isFinite(value)) return leaf({ kind: 'constant', value }, type)
    return leaf({ kind: 'data', data: new Float32Array(elements(shape)).fill(value) }, type) // JSON has no NaN
  }

  /** Zeros. */
  static zeros(shape: readonly number[]): Tensor {
    return Tensor.full(shape, 0)
  }

  /** Ones. */
  static ones(shape: readonly number[]): Tensor {
    return Tensor.full(shape, 1)
  }

  /** A value that a program is fed at every run: a batch column. */
  static input(name: string, type: TensorType): Tensor {
    return leaf({ kind: 'input', name }, type)
  }

  /** A named tensor that lives between runs: a weight, a running statistic. */
  static state(name: string, shape: readonly number[]): Tensor {
    return leaf({ kind: 'state', name }, { dtype: 'float32', shape })
  }

  /** The number of axes. */
  get rank(): number {
    return this.shape.length
  }

  /** The number of elements. */
  get size(): number {
    return elements(this.shape)
  }

  /** The node that computes this tensor. */
  get node(): Node {
    return this.#node
  }

  /** Which output of the node it is. */
  get output(): number {
    return this.#output
  }

  /** The tensor itself: it is an operand. */
  toTensor(): this {
    return this
  }

  /** The values, row by row. They are kept, and what led to them can then be collected. */
  async data(): Promise<TypedArray> {
    const { origin } = this.#node
    if (origin.kind === 'data') return origin.data.slice()
    this.#pending ??= this.#compute().finally(() => {
      this.#pending = undefined
    })
    return (await this.#pending).slice()
  }

  async #compute(): Promise<TypedArray> {
    const [data] = await evaluate([this])
    if (data === undefined) throw new AttuneError('INTERNAL', 'no value came back')
    const { dtype, shape } = this
    this.#node = { origin: { kind: 'data', data }, types: [{ dtype, shape }], path: '' }
    this.#output = 0
    return data
  }

  /** The values as nested arrays; a number for a scalar. */
  async array(): Promise<Nested> {
    return nest(await this.data(), this.shape)
  }

  /** The only value of a tensor of one element; `SHAPE` for any other. */
  async item(): Promise<number> {
    const message = `item() reads a tensor of one element, this has shape [${this.shape.join(', ')}]`
    if (this.size !== 1) throw new AttuneError('SHAPE', `${message}: use array()`)
    return (await this.data())[0] ?? Number.NaN
  }

  protected override apply(op: OpJson, ...others: Operand[]): Tensor {
    return apply(op, this, ...others.map(toTensor))
  }

  /** Converted to another element type; floats are cut towards 0. */
  cast(dtype: DType): Tensor {
    return dtype === this.dtype ? this : this.apply({ op: 'cast', dtype })
  }

  /**
   * Matrix product: `[..., m, k] x [k, n] -> [..., m, n]`.
   *
   * @param options.transposeB whether `other` is given transposed, `[n, k]`. Default: false.
   */
  matMul(other: Operand, { transposeB = false }: { readonly transposeB?: boolean } = {}): Tensor {
    return this.apply({ op: 'matMul', ...(transposeB && { transposeB }) }, other)
  }

  /** The sum over `axes`. */
  sum({ axes, keepDims = false }: Reduction = {}): Tensor {
    return this.apply({ op: 'sum', axes: axesOf(axes, this.rank), keepDims })
  }

  /** The mean over `axes`. */
  mean({ axes, keepDims = false }: Reduction = {}): Tensor {
    return this.apply({ op: 'mean', axes: axesOf(axes, this.rank), keepDims })
  }

  /** The largest value over `axes`. */
  max({ axes, keepDims = false }: Reduction = {}): Tensor {
    return this.apply({ op: 'max', axes: axesOf(axes, this.rank), keepDims })
  }

  /** The index of the largest value along an axis, as `int32`; the first of equals. */
  argMax(axis = -1): Tensor {
    return this.apply({ op: 'argMax', axis })
  }

  /** `e ** this`, divided by its sum along the last axis. */
  softmax(): Tensor {
    return this.apply({ op: 'softmax' })
  }

  /** The logarithm of `softmax`, without overflow. */
  logSoftmax(): Tensor {
    return this.apply({ op: 'logSoftmax' })
  }

  /** The same values under another shape; one size may be -1 and is worked out. */
  reshape(shape: readonly number[]): Tensor {
    return this.apply({ op: 'reshape', shape })
  }

  /** Axes in another order: axis `i` of the result is `permutation[i]` (default: reversed). */
  transpose(permutation?: readonly number[]): Tensor {
    const reversed = this.shape.map((_, axis) => this.rank - 1 - axis)
    return this.apply({ op: 'transpose', permutation: permutation ?? reversed })
  }

  /** The box from `begin` to `end`, which is left out; one number for each axis. */
  slice(begin: readonly number[], end: readonly number[]): Tensor {
    return this.apply({ op: 'slice', begin, end })
  }

  /** Repeated along axes of size 1, and along new axes in front, up to `shape`. */
  broadcastTo(shape: readonly number[]): Tensor {
    return this.apply({ op: 'broadcastTo', shape })
  }

  /** This tensor and then `others`, joined along an axis. */
  concat(others: readonly Operand[], axis = 0): Tensor {
    return this.apply({ op: 'concat', axis }, ...others)
  }

  /**
   * The rows of the first axis that integer `indices` name: `[...indices, ...row]`.
   *
   * @param options.checked whether an index that no row has ends the run with `DATA`. Default: false,
   *   such a row is NaN.
   */
  gather(indices: Operand, { checked = false }: { readonly checked?: boolean } = {}): Tensor {
    return this.apply({ op: 'gather', ...(checked && { checked }) }, indices)
  }

  /** Zeros around: `[before, after]` for each axis. */
  pad(padding: readonly (readonly [before: number, after: number])[]): Tensor {
    const before = padding.map(([size]) => size)
    return this.apply({ op: 'pad', before, after: padding.map(([, size]) => size) })
  }

  /** Zeroes a share of `rate` and scales the rest by `1 / (1 - rate)`, by counter at `site`. */
  dropout(rate: number, site: number): Tensor {
    return this.apply({ op: 'dropout', rate, site })
  }

  /** Adds normal noise of mean 0 and this standard deviation, by counter at `site`. */
  gaussianNoise(deviation: number, site: number): Tensor {
    return this.apply({ op: 'gaussianNoise', deviation, site })
  }

  /** Convolution: `[n, h, w, c] x [kh, kw, c / groups, filters] -> [n, oh, ow, filters]`. */
  conv2d(weight: Operand, window: Conv2dWindow): Tensor {
    return this.apply({ op: 'conv2d', ...window }, weight)
  }

  /** The largest value of each window of `[n, h, w, c]`; padding counts as minus infinity. */
  maxPool2d(window: Pool2dWindow): Tensor {
    return this.apply({ op: 'maxPool2d', ...window })
  }

  /** The mean of each window of `[n, h, w, c]`; padding counts as 0, or not at all. */
  avgPool2d(window: AvgPool2dWindow): Tensor {
    return this.apply({ op: 'avgPool2d', ...window })
  }

  /**
   * Attention of these queries `[batch, time, heads, size]` to `keys` and `values`
   * `[batch, time, keyHeads, size]`, each of whose heads serves `heads / keyHeads` of the queries;
   * shaped like the queries. The scores are never stored; a query that sees no key gives zeros.
   */
  attention(keys: Operand, values: Operand, options: AttentionOptions = {}): Tensor {
    const { mask, ...attributes } = options
    const masks = mask === undefined ? [] : [mask]
    return this.apply({ op: 'attention', ...attributes }, keys, values, ...masks)
  }

  /**
   * The heads `[batch, time, heads, size]`, channel `c` and channel `c + size / 2` turned together
   * by the angle `time / base ** (2 c / size)`.
   */
  rotary(base = 10_000): Tensor {
    return this.apply({ op: 'rotary', base })
  }

  /**
   * The sequences `[batch, time, channels]` plus `sin(time / base ** (c / channels))` for an even
   * channel `c`, `cos(time / base ** ((c - 1) / channels))` for an odd one.
   */
  sinusoid(base = 10_000): Tensor {
    return this.apply({ op: 'sinusoid', base })
  }

  /**
   * A recurrent layer over these inputs of its gates, `[batch, time, gates * units]`: with the weight
   * `[units, gates * units]` of the state, and the first state `[batch, units]`. The LSTM has the gates
   * i, f, g, o; the GRU r, z, n. A step beyond a sequence's length leaves its state as it is.
   */
  recurrence(weight: Operand, state: Operand, options: RecurrenceOptions): RecurrenceOutputs {
    const { cell, reverse = false, cellState, bias, lengths } = options
    const others = [weight, state, cellState ?? bias, lengths].filter((one) => one !== undefined)
    const inputs = [this, ...others.map(toTensor)]
    const [states, cells] = record({ op: 'recurrence', cell, reverse }, inputs)
    if (states === undefined || cells === undefined) {
      throw new AttuneError('INTERNAL', 'recurrence has states and cells')
    }
    return { states, cells }
  }

  /** The sequences `[batch, time, ...]` with zeros from step `lengths` (`int32` `[batch]`) on. */
  maskTime(lengths: Operand): Tensor {
    return this.apply({ op: 'maskTime' }, lengths)
  }

  /**
   * `-log` of the probability that these scores `[batch, time, classes]` spell each target, `[batch]`.
   * A target, a row of `int32` `[batch, labels]`, ends at its first number that is negative or the blank.
   */
  ctc(targets: Operand, options: CtcAttributes = {}): Tensor {
    const { lengths, ...attributes } = options
    return this.apply({ op: 'ctc', ...attributes }, targets, ...(lengths ? [lengths] : []))
  }

  /** Normalised by its own mean and biased variance over all axes but the last. */
  batchNorm(weight: Operand, bias: Operand, epsilon: number): BatchNormOutputs {
    const inputs = [this, toTensor(weight), toTensor(bias)]
    const [output, mean, variance] = record({ op: 'batchNorm', epsilon }, inputs)
    if (output === undefined || mean === undefined || variance === undefined) {
      throw new AttuneError('INTERNAL', 'batchNorm has three outputs')
    }
    return { output, mean, variance }
  }

  /**
   * `-Σ p log softmax(this)` of each row of `[rows, classes]`: for class indices `[rows]`
   * (`int32`, `uint8`), or probabilities `[rows, classes]` (`float32`).
   */
  crossEntropy(target: Operand, labelSmoothing = 0): Tensor {
    const wanted = toTensor(target)
    const op = wanted.dtype === 'float32' ? 'softCrossEntropy' : 'crossEntropy'
    return this.apply({ op, labelSmoothing }, wanted)
  }
}

/**
 * Records an op; all its outputs.
 *
 * @throws `AttuneError` `SHAPE`, `DTYPE` or `CONFIG`, led by the module path.
 * @example
 * ```ts
 * const [y] = record({ op: 'relu' }, [x])
 * ```
 */
export function record(op: OpJson, inputs: readonly Tensor[]): Tensor[] {
  const path = currentPath()
  const types = infer(
    op,
    inputs.map(({ dtype, shape }) => ({ dtype, shape })),
    path,
  )
  const node: Node = { origin: { kind: 'op', op, inputs }, types, path }
  return types.map((_, output) => new Tensor(node, output))
}

function apply(op: OpJson, ...inputs: Tensor[]): Tensor {
  const [output] = record(op, inputs)
  if (output === undefined) throw new AttuneError('INTERNAL', `${op.op} has no output`)
  return output
}

function leaf(origin: Origin, { dtype, shape }: TensorType): Tensor {
  return new Tensor({ origin, types: [{ dtype, shape }], path: currentPath() })
}

function toTensor(operand: Operand): Tensor {
  return typeof operand === 'number' ? Tensor.full([], operand) : operand.toTensor()
}
