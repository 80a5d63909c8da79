// Gradient check: recorded gradients beside central differences in f64, `(f(x + h) - f(x - h)) / 2h`.

import { AttuneError, fromNative, guard } from '../errors/index.ts'
import { native } from '../native.ts'
import { serialise } from './serialise.ts'
import { Tensor } from './tensor.ts'

/** Options of `gradientCheck`. */
export interface GradientCheckOptions {
  /** The step of the differences, above 0. Default: 1e-6. */
  readonly epsilon?: number | undefined
  /** The largest difference, of numbers above 1 in proportion. Default: 1e-5. */
  readonly tolerance?: number | undefined
}

/** What `gradientCheck` found. */
export interface GradientCheck {
  /** Whether no gradient differs by more than the tolerance. */
  readonly passed: boolean
  /** The largest difference, of numbers above 1 in proportion. */
  readonly largest: number
  /** By argument: the gradient that the rules give, and the one that was measured. */
  readonly gradients: readonly {
    readonly recorded: Float64Array
    readonly numeric: Float64Array
  }[]
}

/**
 * Compares the gradients of `f` by its `float32` arguments with central differences: by the
 * definitions of the operations in f64, off the main thread. As PyTorch's `gradcheck`. Dropout is
 * the same in every evaluation. A kink, such as `relu` at 0, may differ.
 *
 * @throws `AttuneError` `DATA` where `f` depends on a batch or weights of a model being traced.
 * @example
 * ```ts
 * const x = Tensor.from([0.5, -1, 2])
 * const { passed } = await gradientCheck((x) => x.tanh().mul(x).sum(), [x])
 * ```
 */
export async function gradientCheck(
  f: (...tensors: Tensor[]) => Tensor,
  tensors: readonly Tensor[],
  options: GradientCheckOptions = {},
): Promise<GradientCheck> {
  const data = await Promise.all(tensors.map((tensor) => tensor.data()))
  const given = tensors.map((tensor, i) => Tensor.from(data[i] ?? [], tensor.shape))
  const floats = given.filter(({ dtype }) => dtype === 'float32')
  return checkGradients(f(...given), floats, {}, options)
}

/**
 * Compares the gradients of `output` by the leaves `wrt`; `values` are those of inputs and states
 * by name. An output of more than one element is weighted by numbers that differ.
 *
 * @example
 * ```ts
 * const { largest } = await checkGradients(model.forward(x), [weight], { x: values, weight: more })
 * ```
 */
export async function checkGradients(
  output: Tensor,
  wrt: readonly Tensor[],
  values: Readonly<Record<string, ArrayLike<number>>>,
  { epsilon = 1e-6, tolerance = 1e-5 }: GradientCheckOptions = {},
): Promise<GradientCheck> {
  if (!(epsilon > 0) || !(tolerance > 0)) {
    const message = `gradientCheck: expected an epsilon and a tolerance above 0, got ${epsilon}, ${tolerance}`
    throw new AttuneError('CONFIG', message)
  }
  const doutput = Tensor.from(
    Float32Array.from({ length: output.size }, (_, i) => 1 - ((i * 0.618) % 1)),
    output.shape,
  )
  const graph = serialise([output, doutput, ...wrt])
  const [value, dvalue, ...leaves] = graph.values
  const all = Object.entries({ ...values, ...graph.data })
  const doubles = Object.fromEntries(all.map(([name, one]) => [name, Float64Array.from(one)]))
  const running = guard(() =>
    native().checkGradients(
      JSON.stringify(graph.nodes),
      JSON.stringify([[value, dvalue]]),
      JSON.stringify(leaves),
      doubles,
      epsilon,
    ),
  )
  const { recorded, numeric } = await running.catch((error: unknown) => {
    throw fromNative(error)
  })
  const gradients = recorded.map((one, i) => ({ recorded: one, numeric: numeric[i] ?? one }))
  const largest = Math.max(0, ...gradients.map(difference))
  return { passed: largest <= tolerance, largest, gradients }
}

function difference(gradient: GradientCheck['gradients'][number]): number {
  const { recorded, numeric } = gradient
  return recorded.reduce((most, a, i) => {
    const b = numeric[i] ?? Number.NaN
    const apart = Math.abs(a - b) / Math.max(1, Math.abs(a), Math.abs(b))
    return Number.isNaN(apart) || apart > most ? apart : most
  }, 0)
}
