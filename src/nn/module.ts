// Module: a part of a model, with a `forward` and named by the field that holds it.

import type { Tensor } from '../tensor/index.ts'
import { withPath } from '../tensor/index.ts'
import { resolveConstraint } from './constraint.ts'
import type { Constraint } from './constraint.ts'
import { resolveInitializer } from './initializers.ts'
import type { Fans, Initializer } from './initializers.ts'
import { penalty } from './regularizer.ts'
import type { Regularizer } from './regularizer.ts'
import {
  declareState,
  drawSite,
  pathOf,
  penaliseOutput,
  penaliseWeight,
  traceWith,
  updateState,
} from './trace.ts'
import type { Mode, Trace } from './trace.ts'

/** A state as its module declares it, beside name and shape. */
export interface StateOptions {
  readonly initializer: Initializer
  /** Default: true. */
  readonly trainable?: boolean
  /** What the fan initializers scale by. Default: fans of the shape `[..., in, out]`. */
  readonly fans?: Fans | undefined
  /** A penalty on the values that is added to the loss. Default: none. */
  readonly regularizer?: Regularizer | undefined
  /** What holds of the values after each update. Default: nothing. */
  readonly constraint?: Constraint | undefined
}

/**
 * A part of a model. Fields that hold modules, `layer(...)`s, parameters, or arrays of them, give
 * the names of its weights: `blocks.3.attention.query.weight`.
 *
 * @example
 * ```ts
 * class Residual extends Module {
 *   body = layer(dense({ units: 64, activation: 'relu' }))
 *   forward(x: Tensor): Tensor {
 *     return x.add(this.body(x)) // (batch, 64)
 *   }
 * }
 * ```
 */
export abstract class Module {
  /** `forward` of a subclass runs under the module's path, so that its errors say where. */
  constructor() {
    const written = new.target.prototype
    const named = (...inputs: Tensor[]): Tensor =>
      withPath(pathOf(this), () => written.forward.apply(this, inputs))
    // No field: fields that are enumerable hold parts of the model.
    Object.defineProperty(this, 'forward', { value: named, configurable: true, writable: true })
  }

  /** Records what the module computes. */
  abstract forward(...inputs: Tensor[]): Tensor

  /** The tensor of a state of this module, declared on first use. */
  protected state(name: string, shape: readonly number[], options: StateOptions): Tensor {
    const { initializer, trainable = true, fans, regularizer, constraint } = options
    const full = join(pathOf(this), name)
    const values = declareState({
      name: full,
      shape,
      trainable,
      initializer: resolveInitializer(initializer, shape, fans),
      ...(constraint !== undefined && { constraint: resolveConstraint(constraint) }),
    })
    if (regularizer !== undefined) penaliseWeight(full, () => penalty(regularizer, values))
    return values
  }

  /**
   * Adds a regularizer's penalty on an output of this module to the loss, divided by the number of
   * samples as in Keras, so that it weighs the same whatever the batch.
   */
  protected penalise(output: Tensor, regularizer: Regularizer): void {
    const samples = Math.max(output.shape[0] ?? 1, 1)
    penaliseOutput(pathOf(this), penalty(regularizer, output).mul(1 / samples))
  }

  /** Sets a state of this module to `value` after the step. */
  protected update(name: string, value: Tensor): void {
    updateState(join(pathOf(this), name), value)
  }

  /** Where this module draws its next random numbers. */
  protected site(): number {
    return drawSite(pathOf(this))
  }
}

/**
 * A weight of a custom module: shape and initializer, named by its field.
 *
 * Operations take it like a tensor.
 *
 * @example
 * ```ts
 * class Scale extends Module {
 *   scale = new Parameter([64], { type: 'ones' })
 *   forward(x: Tensor): Tensor {
 *     return x.mul(this.scale)
 *   }
 * }
 * ```
 */
export class Parameter extends Module {
  readonly shape: readonly number[]
  readonly initializer: Initializer

  constructor(shape: readonly number[], initializer: Initializer) {
    super()
    this.shape = shape
    this.initializer = initializer
  }

  override forward(): Tensor {
    return this.toTensor()
  }

  /** The parameter's tensor in the trace that is running. */
  toTensor(): Tensor {
    const { shape } = this
    return declareState({
      name: pathOf(this),
      shape,
      trainable: true,
      initializer: resolveInitializer(this.initializer, shape),
    })
  }
}

/** The module behind a callable made by `layer`, so that both are one module with one path. */
export const behind: unique symbol = Symbol('module')

/** A module, or a callable that stands for one. */
interface Callable {
  readonly [behind]?: Module
}

/**
 * The module itself, where `value` is one made callable by `layer`.
 *
 * @example
 * ```ts
 * moduleOf(layer(dense({ units: 10 })))
 * ```
 */
export function moduleOf(value: Module): Module {
  return (value as Callable)[behind] ?? value
}

/**
 * The dotted path of every module inside `root`, which has the path `''` itself. A module held
 * twice keeps its first name, so its weights are shared.
 *
 * @example
 * ```ts
 * [...modulePaths(model).values()] // ['', 'layers.0', 'layers.1']
 * ```
 */
export function modulePaths(root: Module): Map<Module, string> {
  const paths = new Map<Module, string>()
  walk(root, '', paths, new Set())
  return paths
}

/**
 * Traces `body` with the modules inside `root`: graph, states and updates.
 *
 * @example
 * ```ts
 * const { result, states } = trace(model, 'eval', () => model.forward(x))
 * ```
 */
export function trace<Result>(root: Module, mode: Mode, body: () => Result): Trace<Result> {
  return traceWith(modulePaths(root), mode, body)
}

function walk(value: unknown, path: string, paths: Map<Module, string>, seen: Set<object>): void {
  if (value instanceof Module) {
    const module = moduleOf(value)
    const known = paths.get(module)
    paths.set(module, known ?? path)
    paths.set(value, known ?? path)
    if (known === undefined) walkFields(module, path, paths, seen)
  } else if (isContainer(value) && !seen.has(value)) {
    seen.add(value)
    walkFields(value, path, paths, seen)
  }
}

function walkFields(
  holder: object,
  path: string,
  paths: Map<Module, string>,
  seen: Set<object>,
): void {
  for (const [name, value] of Object.entries(holder)) walk(value, join(path, name), paths, seen)
}

function isContainer(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false
  return Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype
}

function join(path: string, name: string): string {
  return path === '' ? name : `${path}.${name}`
}
