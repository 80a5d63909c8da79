// One trace of a model: which states it declares, which it updates, and in which mode it runs.

import { AttuneError } from '../errors/index.ts'
import { Tensor } from '../tensor/index.ts'
import type { NativeConstraint } from './constraint.ts'
import type { NativeInitializer } from './initializers.ts'
import type { Module } from './module.ts'

/** Whether dropout drops and batch norm uses the statistics of its batch. */
export type Mode = 'train' | 'eval'

/** A named tensor that lives between runs. */
export interface StateDeclaration {
  readonly name: string
  readonly shape: readonly number[]
  /** Whether the optimizer updates it; running statistics are not trainable. */
  readonly trainable: boolean
  readonly initializer: NativeInitializer
  /** What holds of it after each update. */
  readonly constraint?: NativeConstraint
}

/** A value that a state takes after the step. */
export interface StateUpdate {
  readonly state: string
  readonly value: Tensor
}

/** What a trace gave. */
export interface Trace<Result> {
  readonly result: Result
  /** Each state once, in the order of first use. */
  readonly states: readonly StateDeclaration[]
  /** The tensors of those states, to take gradients with respect to. */
  readonly tensors: ReadonlyMap<string, Tensor>
  readonly updates: readonly StateUpdate[]
  /** What is added to the loss, scalars: by the name of a weight, or of a module for its output. */
  readonly penalties: ReadonlyMap<string, Tensor>
}

interface Context {
  readonly mode: Mode
  readonly paths: ReadonlyMap<Module, string>
  readonly states: Map<string, StateDeclaration>
  readonly tensors: Map<string, Tensor>
  readonly updates: Map<string, StateUpdate>
  readonly penalties: Map<string, Tensor>
  /** How often each path drew a site, so that a layer called twice drops differently. */
  readonly draws: Map<string, number>
}

let context: Context | undefined

/**
 * Runs `body`, in which the modules named in `paths` record the graph.
 *
 * @example
 * ```ts
 * const { result, states } = traceWith(modulePaths(model), 'train', () => model.forward(x))
 * ```
 */
export function traceWith<Result>(
  paths: ReadonlyMap<Module, string>,
  mode: Mode,
  body: () => Result,
): Trace<Result> {
  const outer = context
  const own: Context = {
    mode,
    paths,
    states: new Map(),
    tensors: new Map(),
    updates: new Map(),
    penalties: new Map(),
    draws: new Map(),
  }
  context = own
  try {
    const result = body()
    return {
      result,
      states: [...own.states.values()],
      tensors: own.tensors,
      updates: [...own.updates.values()],
      penalties: own.penalties,
    }
  } finally {
    context = outer
  }
}

/**
 * The mode of the trace that is running.
 *
 * @throws `AttuneError` `CONFIG` outside a trace.
 * @example
 * ```ts
 * if (currentMode() === 'train') x = x.dropout(0.5, site)
 * ```
 */
export function currentMode(): Mode {
  return running().mode
}

/**
 * The path of a module in the model being traced; the model itself has the path `''`.
 *
 * @throws `AttuneError` `CONFIG` for a module that is no field of the model.
 * @example
 * ```ts
 * pathOf(model.layers[0]) // 'layers.0'
 * ```
 */
export function pathOf(module: Module): string {
  const path = running().paths.get(module)
  if (path !== undefined) return path
  const message =
    `a ${module.constructor.name} ran that is no field of the model, so it has no name: ` +
    'make it in the constructor and keep it in a field'
  throw new AttuneError('CONFIG', message)
}

/**
 * Declares a state of the running trace; its tensor. A second use of a name gives the same one.
 *
 * @throws `AttuneError` `SHAPE` where the same name is used with another shape.
 * @example
 * ```ts
 * const weight = declareState({ name: 'weight', shape: [4, 8], trainable: true, initializer: { type: 'zeros' } })
 * ```
 */
export function declareState(declaration: StateDeclaration): Tensor {
  const { states, tensors } = running()
  const { name, shape } = declaration
  const known = states.get(name)
  if (known !== undefined && known.shape.join() !== shape.join()) {
    const message =
      `${name}: used with shape [${shape.join(', ')}] after [${known.shape.join(', ')}]: ` +
      'give each input size its own layer'
    throw new AttuneError('SHAPE', message)
  }
  if (known === undefined) states.set(name, declaration)
  const tensor = tensors.get(name) ?? Tensor.state(name, shape)
  tensors.set(name, tensor)
  return tensor
}

/**
 * Sets a state to `value` after the step.
 *
 * @example
 * ```ts
 * updateState('norm.runningMean', mean)
 * ```
 */
export function updateState(state: string, value: Tensor): void {
  running().updates.set(state, { state, value })
}

/**
 * Adds a penalty on a weight to the loss, once for each name, however often the weight is used.
 *
 * @example
 * ```ts
 * penaliseWeight('dense.weight', () => weight.square().sum())
 * ```
 */
export function penaliseWeight(name: string, penalty: () => Tensor): void {
  const { penalties } = running()
  if (!penalties.has(name)) penalties.set(name, penalty())
}

/**
 * Adds a penalty on an output of the module at `path` to the loss.
 *
 * @example
 * ```ts
 * penaliseOutput('dense', y.abs().sum())
 * ```
 */
export function penaliseOutput(path: string, penalty: Tensor): void {
  const { penalties } = running()
  penalties.set(path, penalties.get(path)?.add(penalty) ?? penalty)
}

/**
 * Where in the stream of random numbers a module draws: a function of its path alone, so other
 * layers do not change it. At most 2^53 - 1.
 *
 * @example
 * ```ts
 * const y = x.dropout(0.5, drawSite('layers.2'))
 * ```
 */
export function drawSite(path: string): number {
  const { draws } = running()
  const count = draws.get(path) ?? 0
  draws.set(path, count + 1)
  const key = `${path}#${count}`
  return (fnv1a(key, 0x811c9dc5) & 0x1fffff) * 2 ** 32 + fnv1a(key, 0x9747b28c)
}

function running(): Context {
  if (context !== undefined) return context
  const message =
    'a layer ran outside a model: modules run inside `trainer.fit`, `trainer.predict` or `trace`'
  throw new AttuneError('CONFIG', message)
}

/** FNV-1a of the text's UTF-16 units, from an offset basis. Fowler, Noll, Vo 1991. */
function fnv1a(text: string, basis: number): number {
  let hash = basis
  for (let i = 0; i < text.length; i++) {
    hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
  }
  return hash >>> 0
}
