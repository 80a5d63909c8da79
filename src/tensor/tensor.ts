// Tensor: an immutable value that records how it is computed and is computed when it is read.

import { AttuneError } from '../errors/index.ts'
import { axesOf } from './axes.ts'
import type { DType, TensorType, TypedArray } from './dtype.ts'
import { evaluate } from './evaluate.ts'
import { infer } from './infer.ts'
import { checkShape, flatten, nest } from './nested.ts'
import type { Nested } from './nested.ts'
import type { Node, OpJson, Origin } from './node.ts'
import { currentPath } from './path.ts'
import type { BatchNormOutputs, Conv2dWindow, Pool2dWindow } from './windows.ts'

/** What an operation takes beside its tensor: a tensor, a number, or a module's parameter. */
export type Operand = Tensor | number | { toTensor(): Tensor }

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
export class Tensor {
  #node: Node
  #output: number
  #pending: Promise<TypedArray> | undefined
  readonly shape: readonly number[]
  readonly dtype: DType

  /** One output of a node; use `Tensor.from` and the operations instead. */
  constructor(node: Node, output = 0) {
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
    return leaf({ kind: 'constant', value }, { dtype: 'float32', shape: [...shape] })
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
    return this.shape.reduce((product, size) => product * size, 1)
  }

  /** The node that computes this tensor. */
  get node(): Node {
    return this.#node
  }

  /** Which output of the node it is. */
  get output(): number {
    return this.#output
  }

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

  /** `this + other` */
  add(other: Operand): Tensor {
    return this.#binary('add', other)
  }

  /** `this - other` */
  sub(other: Operand): Tensor {
    return this.#binary('sub', other)
  }

  /** `this * other`, element by element */
  mul(other: Operand): Tensor {
    return this.#binary('mul', other)
  }

  /** `this / other` */
  div(other: Operand): Tensor {
    return this.#binary('div', other)
  }

  /** `this ** other` */
  pow(other: Operand): Tensor {
    return this.#binary('pow', other)
  }

  /** The larger of both. */
  maximum(other: Operand): Tensor {
    return this.#binary('maximum', other)
  }

  /** The smaller of both. */
  minimum(other: Operand): Tensor {
    return this.#binary('minimum', other)
  }

  /** 1 where equal, else 0. */
  equal(other: Operand): Tensor {
    return this.#binary('equal', other)
  }

  /** 1 where less than `other`, else 0. */
  less(other: Operand): Tensor {
    return this.#binary('less', other)
  }

  /** 1 where greater than `other`, else 0. */
  greater(other: Operand): Tensor {
    return this.#binary('greater', other)
  }

  /** `then` where this is not 0, `otherwise` where it is. */
  select(then: Operand, otherwise: Operand): Tensor {
    return apply({ op: 'select' }, this, toTensor(then), toTensor(otherwise))
  }

  /** `-this` */
  neg(): Tensor {
    return apply({ op: 'neg' }, this)
  }

  /** `e ** this` */
  exp(): Tensor {
    return apply({ op: 'exp' }, this)
  }

  /** The natural logarithm. */
  log(): Tensor {
    return apply({ op: 'log' }, this)
  }

  /** The square root. */
  sqrt(): Tensor {
    return apply({ op: 'sqrt' }, this)
  }

  /** `this * this` */
  square(): Tensor {
    return apply({ op: 'square' }, this)
  }

  /** The absolute value; its gradient at 0 is 0. */
  abs(): Tensor {
    return apply({ op: 'abs' }, this)
  }

  /** `max(0, this)`; its gradient at 0 is 0. */
  relu(): Tensor {
    return apply({ op: 'relu' }, this)
  }

  /** `x Φ(x)` with the normal distribution's Φ, exact or approximated by tanh. */
  gelu({ approximate = false }: { readonly approximate?: boolean } = {}): Tensor {
    return apply({ op: 'gelu', approximate }, this)
  }

  /** The hyperbolic tangent. */
  tanh(): Tensor {
    return apply({ op: 'tanh' }, this)
  }

  /** `1 / (1 + e ** -this)` */
  sigmoid(): Tensor {
    return apply({ op: 'sigmoid' }, this)
  }

  /** Converted to another element type; floats are cut towards 0. */
  cast(dtype: DType): Tensor {
    return dtype === this.dtype ? this : apply({ op: 'cast', dtype }, this)
  }

  /** Matrix product: `[m, k] x [k, n] -> [m, n]`. */
  matMul(other: Operand): Tensor {
    return apply({ op: 'matMul' }, this, toTensor(other))
  }

  /** The sum over `axes`. */
  sum({ axes, keepDims = false }: Reduction = {}): Tensor {
    return apply({ op: 'sum', axes: axesOf(axes, this.rank), keepDims }, this)
  }

  /** The mean over `axes`. */
  mean({ axes, keepDims = false }: Reduction = {}): Tensor {
    return apply({ op: 'mean', axes: axesOf(axes, this.rank), keepDims }, this)
  }

  /** The largest value over `axes`. */
  max({ axes, keepDims = false }: Reduction = {}): Tensor {
    return apply({ op: 'max', axes: axesOf(axes, this.rank), keepDims }, this)
  }

  /** The index of the largest value along an axis, as `int32`; the first of equals. */
  argMax(axis = -1): Tensor {
    return apply({ op: 'argMax', axis }, this)
  }

  /** `e ** this`, divided by its sum along the last axis. */
  softmax(): Tensor {
    return apply({ op: 'softmax' }, this)
  }

  /** The logarithm of `softmax`, without overflow. */
  logSoftmax(): Tensor {
    return apply({ op: 'logSoftmax' }, this)
  }

  /** The same values under another shape; one size may be -1 and is worked out. */
  reshape(shape: readonly number[]): Tensor {
    return apply({ op: 'reshape', shape }, this)
  }

  /** Axes in another order: axis `i` of the result is `permutation[i]` (default: reversed). */
  transpose(permutation?: readonly number[]): Tensor {
    const reversed = this.shape.map((_, axis) => this.rank - 1 - axis)
    return apply({ op: 'transpose', permutation: permutation ?? reversed }, this)
  }

  /** The box from `begin` to `end`, which is left out; one number for each axis. */
  slice(begin: readonly number[], end: readonly number[]): Tensor {
    return apply({ op: 'slice', begin, end }, this)
  }

  /** Repeated along axes of size 1, and along new axes in front, up to `shape`. */
  broadcastTo(shape: readonly number[]): Tensor {
    return apply({ op: 'broadcastTo', shape }, this)
  }

  /** This tensor and then `others`, joined along an axis. */
  concat(others: readonly Operand[], axis = 0): Tensor {
    return apply({ op: 'concat', axis }, this, ...others.map(toTensor))
  }

  /** The rows of the first axis that integer `indices` name: `[...indices, ...row]`. */
  gather(indices: Operand): Tensor {
    return apply({ op: 'gather' }, this, toTensor(indices))
  }

  /** Zeros around: `[before, after]` for each axis. */
  pad(padding: readonly (readonly [before: number, after: number])[]): Tensor {
    const before = padding.map(([size]) => size)
    return apply({ op: 'pad', before, after: padding.map(([, size]) => size) }, this)
  }

  /** Zeroes a share of `rate` and scales the rest by `1 / (1 - rate)`, by counter at `site`. */
  dropout(rate: number, site: number): Tensor {
    return apply({ op: 'dropout', rate, site }, this)
  }

  /** Convolution: `[n, h, w, c] x [kh, kw, c / groups, filters] -> [n, oh, ow, filters]`. */
  conv2d(weight: Operand, window: Conv2dWindow): Tensor {
    return apply({ op: 'conv2d', ...window }, this, toTensor(weight))
  }

  /** The largest value of each window of `[n, h, w, c]`; padding counts as minus infinity. */
  maxPool2d(window: Pool2dWindow): Tensor {
    return apply({ op: 'maxPool2d', ...window }, this)
  }

  /** The mean of each window of `[n, h, w, c]`; padding counts as 0. */
  avgPool2d(window: Pool2dWindow): Tensor {
    return apply({ op: 'avgPool2d', ...window }, this)
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
    return apply({ op, labelSmoothing }, this, wanted)
  }

  #binary(op: string, other: Operand): Tensor {
    return apply({ op }, this, toTensor(other))
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
