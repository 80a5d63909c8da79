// Programs: the traces of a model for training, measuring and predicting, one for each batch size.

import { AttuneError } from '../errors/index.ts'
import type { Metric } from '../metrics/index.ts'
import { trace } from '../nn/index.ts'
import type {
  Loss,
  Mode,
  Module,
  Regularizer,
  StateDeclaration,
  Trace,
  Weighed,
} from '../nn/index.ts'
import { changesOf, mixingOf } from '../data/index.ts'
import type { ChangeConfig, ResolvedData } from '../data/index.ts'
import { groupOptions } from '../optim/index.ts'
import type { Optimizer } from '../optim/index.ts'
import { gradients, serialise, Tensor } from '../tensor/index.ts'
import type { Serialised } from '../tensor/index.ts'
import { penaltyOf } from './penalty.ts'

/** The part of the data that a program depends on. */
export type Signature = Pick<ResolvedData, 'columns' | 'normalisation'>

/** The changes of each look at a sample. */
export type Views = readonly (readonly ChangeConfig[])[]

/** What all programs of a trainer are made of. */
export interface Parts {
  readonly module: Module
  readonly signature: Signature
  /** The changes of training images. */
  readonly augment: readonly ChangeConfig[]
  /** Changes with which a sample is looked at while it is measured; the outputs are averaged. */
  readonly views?: Views | undefined
  readonly loss: Loss
  readonly metrics: readonly Metric[]
  readonly optimizer: Optimizer
  readonly regularizer: Regularizer | undefined
  /** Batches whose gradients make one update. */
  readonly accumulate: number
  /** What each class counts in the loss. */
  readonly classWeight: readonly number[] | undefined
}

/** A traced program. */
export interface Traced {
  readonly json: string
  readonly states: readonly StateDeclaration[]
  /** The shape of the model's output, the batch included. */
  readonly output: readonly number[]
  /**
   * How much each of this program's means counts: of `loss` and `penalty`. It is a number, or the
   * name of the program's value that tells it.
   */
  readonly terms: Readonly<Record<string, number | string>>
  /** The names and sizes of what it computes for each metric: of `<metric>/<name>` its elements. */
  readonly metrics: Readonly<Record<string, Readonly<Record<string, number>>>>
  /** The graph, for `inspect`. */
  readonly graph: Serialised
}

/**
 * One step of training: forward, backward, clipping, optimizer, running statistics.
 *
 * @example
 * ```ts
 * const { json, states } = traceTraining(parts, 32)
 * ```
 */
export function traceTraining(parts: Parts, batch: number): Traced {
  const { result, states, tensors, updates } = measuring(parts, batch, 'train')
  const { optimizer, accumulate } = parts
  const trainable = states.filter((state) => state.trainable)
  if (trainable.length === 0) {
    const message = 'model: expected at least one weight to train, found none: add a layer with one'
    throw new AttuneError('CONFIG', message)
  }
  const options = groupOptions(optimizer.groups, trainable)
  const own = new Map(trainable.map(({ name }, i) => [name, options[i] ?? {}]))
  const trained = trainable.filter(({ name }) => own.get(name)?.freeze !== true)
  if (trained.length === 0) {
    const message = 'optimizer.groups: expected a weight to train, all are frozen: freeze fewer'
    throw new AttuneError('CONFIG', message)
  }
  const wrt = trained.flatMap(({ name }) => tensors.get(name) ?? [])
  const values = Object.values(result.values)
  const graph = serialise([
    ...values,
    ...updates.map((update) => update.value),
    ...gradients(result.values['loss'] ?? result.output, wrt),
  ])
  refuseData(graph)
  const at = (index: number): Serialised['values'][number] => graph.values[index] ?? [-1, 0]
  const { rule, clip, average } = optimizer
  const names = Object.keys(result.values)
  const counts = result.terms['loss']
  const json = JSON.stringify({
    name: `train ${batch}`,
    nodes: graph.nodes,
    outputs: names.map((name, i) => ({ name, value: at(i) })),
    assigns: updates.map(({ state }, i) => ({ state, value: at(values.length + i) })),
    loss: at(0),
    update: {
      optimizer: rule,
      clip,
      average,
      accumulate,
      weight: typeof counts === 'string' ? at(names.indexOf(counts)) : null,
      parameters: trained.map(({ name, constraint }, i) => {
        const { rate, weightDecay, asVector } = own.get(name) ?? {}
        const gradient = at(values.length + updates.length + i)
        return { state: name, gradient, rate, weightDecay, asVector, constraint }
      }),
    },
    feed: 'rows',
    augment: augmented(parts),
    ...mixed(parts),
  })
  return {
    json,
    states,
    output: result.output.shape,
    terms: result.terms,
    metrics: result.metrics,
    graph,
  }
}

/**
 * The gradients of the loss by each trained weight, named after it, with nothing changed: without
 * dropout and with running statistics.
 *
 * @example
 * ```ts
 * const { json } = traceGradients(parts, 1)
 * ```
 */
export function traceGradients(parts: Parts, batch: number): Traced {
  const { result, states, tensors } = measuring(parts, batch, 'eval')
  const trained = states.filter((state) => state.trainable)
  const wrt = trained.flatMap(({ name }) => tensors.get(name) ?? [])
  const graph = serialise(gradients(result.values['loss'] ?? result.output, wrt))
  refuseData(graph)
  const names = trained.map(({ name }) => name)
  const json = reading(`gradients ${batch}`, graph, names, { feed: 'rows' })
  return { json, states, output: result.output.shape, terms: {}, metrics: {}, graph }
}

/**
 * The loss and the metrics of a batch, with nothing changed.
 *
 * @example
 * ```ts
 * const { json } = traceMeasuring(parts, 32)
 * ```
 */
export function traceMeasuring(parts: Parts, batch: number): Traced {
  const { result, states } = measuring(parts, batch, 'eval')
  const graph = serialise(Object.values(result.values))
  refuseData(graph)
  const names = Object.keys(result.values)
  const json = reading(`measure ${batch}`, graph, names, {
    averaged: true,
    feed: 'rows',
    ...looks(parts),
  })
  return {
    json,
    states,
    output: result.output.shape,
    terms: result.terms,
    metrics: result.metrics,
    graph,
  }
}

/**
 * The output of a batch that is given whole.
 *
 * @param mode `train` shows the graph as training runs it. Default: `eval`.
 * @example
 * ```ts
 * const { output } = tracePrediction(parts, 1) // [1, 10]
 * ```
 */
export function tracePrediction(parts: Parts, batch: number, mode: Mode = 'eval'): Traced {
  const { result, states } = trace(parts.module, mode, () => forward(parts, batch))
  const graph = serialise([result])
  refuseData(graph)
  const feed = parts.views === undefined ? 'direct' : 'rows'
  const json = reading(`predict ${batch}`, graph, ['output'], {
    averaged: true,
    feed,
    ...looks(parts),
  })
  return { json, states, output: result.shape, terms: {}, metrics: {}, graph }
}

/**
 * The scores at one place of each sequence, `[batch, classes]`: those of row `at` (`int32` `[batch]`)
 * of all places, one sequence after another.
 *
 * @throws `AttuneError` `SHAPE` for a model that does not score every place.
 * @example
 * ```ts
 * const { json } = traceNext(parts, 1)
 * ```
 */
export function traceNext(parts: Parts, batch: number): Traced {
  const { result, states } = trace(parts.module, 'eval', () => forward(parts, batch))
  const [, time, classes] = result.shape
  if (result.rank !== 3 || time === undefined || classes === undefined) {
    const message =
      'generate: expected a model that scores every place of a sequence, [batch, time, classes], ' +
      `this one gives [${result.shape.join(', ')}]`
    throw new AttuneError('SHAPE', message)
  }
  const at = Tensor.input('at', { dtype: 'int32', shape: [batch] })
  const scores = result.reshape([batch * time, classes]).gather(at, { checked: true })
  const graph = serialise([scores])
  refuseData(graph)
  const json = reading(`next ${batch}`, graph, ['output'], { averaged: true, feed: 'direct' })
  return { json, states, output: scores.shape, terms: {}, metrics: {}, graph }
}

/**
 * A batch as a step of training sees it: changed, but not yet brought to scale.
 *
 * @example
 * ```ts
 * const { json } = traceBatch(parts, 16)
 * ```
 */
export function traceBatch({ signature, augment }: Parts, batch: number): Traced {
  const { x, y } = signature.columns
  const values = [
    Tensor.input('x', { dtype: x.dtype, shape: [batch, ...x.shape] }).cast('float32'),
    Tensor.input('y', { dtype: y.dtype, shape: [batch, ...y.shape] }).cast('float32'),
  ]
  const graph = serialise(values)
  const changes = augmented({ augment, signature })
  const json = reading(`batch ${batch}`, graph, ['x', 'y'], {
    feed: 'rows',
    augment: changes,
    ...mixed({ augment, signature }),
  })
  return { json, states: [], output: [batch, ...x.shape], terms: {}, metrics: {}, graph }
}

/**
 * A program that gives values and changes nothing.
 *
 * @param rest how it is fed, whether weights are those that are averaged, what changes its samples.
 */
function reading(
  name: string,
  graph: Serialised,
  outputs: readonly string[],
  rest: { readonly feed: 'rows' | 'direct'; readonly averaged?: true; readonly augment?: object },
): string {
  return JSON.stringify({
    name,
    nodes: graph.nodes,
    outputs: outputs.map((output, i) => ({ name: output, value: graph.values[i] })),
    assigns: [],
    loss: null,
    update: null,
    ...rest,
  })
}

/** The changes of each input. */
function augmented({ augment, signature }: Pick<Parts, 'augment' | 'signature'>): {
  readonly x?: readonly object[]
} {
  const changes = changesOf(augment, signature.columns.x)
  return changes.length === 0 ? {} : { x: changes }
}

/** The input of each view, its changes, and the column that it is taken from. */
function looks({ views = [], signature }: Parts): object {
  if (views.length === 0) return {}
  const augment = views.map((changes, i) => [`x.${i}`, changesOf(changes, signature.columns.x)])
  const columns = views.map((_, i) => [`x.${i}`, 'x'])
  return { augment: Object.fromEntries(augment), columns: Object.fromEntries(columns) }
}

/** The inputs that belong to the sample mixed in, by the column that they are taken from. */
const mixedIn = { y: 'y.mixed', weight: 'weight.mixed' }
const share = 'mix.share'

/** How the batch is mixed, and the columns of the inputs that tell of it. */
function mixed({ augment, signature }: Pick<Parts, 'augment' | 'signature'>): object {
  const mixing = mixingOf(augment)
  if (mixing === undefined) return {}
  const others = signature.columns.weight === undefined ? [mixedIn.y] : Object.values(mixedIn)
  const columns = { [mixedIn.y]: 'y', [mixedIn.weight]: 'weight' }
  return { mix: { input: 'x', others, share, ...mixing }, columns }
}

interface Measured {
  readonly output: Tensor
  readonly values: Readonly<Record<string, Tensor>>
  readonly terms: Traced['terms']
  readonly metrics: Traced['metrics']
}

/** The loss with all penalties, as in Keras while training and measuring alike, and the metrics. */
function measuring(parts: Parts, batch: number, mode: Mode): Trace<Measured> {
  const traced = trace(parts.module, mode, () => measured(parts, batch, mode))
  const penalty = penaltyOf(traced, parts.regularizer)
  if (penalty === undefined) return traced
  const { values, terms } = traced.result
  const loss = values['loss']?.add(penalty) ?? penalty
  const result = {
    ...traced.result,
    values: { ...values, loss, penalty },
    terms: { ...terms, penalty: terms['loss'] ?? 1 },
  }
  return { ...traced, result }
}

function measured(parts: Parts, batch: number, mode: Mode): Measured {
  const { loss, metrics, signature, classWeight } = parts
  const output = forward(parts, batch)
  const { dtype, shape } = signature.columns.y
  const target = Tensor.input('y', { dtype, shape: [batch, ...shape] })
  const { weight: column } = signature.columns
  const samples = column && Tensor.input('weight', { dtype: column.dtype, shape: [batch] })
  const mixes = mode === 'train' && mixingOf(parts.augment) !== undefined
  const { mean, weight } = mixes
    ? mixedLoss(parts, output, batch)
    : loss.weighed(output, target, { samples, classes: classWeight })
  const known = typeof weight === 'number'
  const values: Record<string, Tensor> = { loss: mean, ...(!known && { 'loss.weight': weight }) }
  const terms: Record<string, number | string> = { loss: known ? weight : 'loss.weight' }
  const sizes: Record<string, Record<string, number>> = {}
  for (const metric of metrics.filter(({ training }) => training || mode === 'eval')) {
    const { label } = metric
    const found = Object.entries(metric.batch(output, target))
    for (const [name, value] of found) values[`${label}/${name}`] = value
    sizes[label] = Object.fromEntries(found.map(([name, { size }]) => [name, size]))
  }
  return { output, values, terms, metrics: sizes }
}

/** The loss of both targets of each sample, in their shares. */
function mixedLoss(
  { loss, signature, classWeight }: Parts,
  output: Tensor,
  batch: number,
): Weighed {
  const { y, weight: column } = signature.columns
  const own = Tensor.input(share, { dtype: 'float32', shape: [batch] })
  const part = (name: string, weight: string, counts: Tensor): Record<keyof Weighed, Tensor> => {
    const samples = column && Tensor.input(weight, { dtype: column.dtype, shape: [batch] })
    const target = Tensor.input(name, { dtype: y.dtype, shape: [batch, ...y.shape] })
    const found = loss.weighed(output, target, {
      samples: samples === undefined ? counts : samples.mul(counts),
      classes: classWeight,
    })
    return { mean: found.mean, weight: Tensor.zeros([]).add(found.weight) }
  }
  const [first, second] = [
    part('y', 'weight', own),
    part(mixedIn.y, mixedIn.weight, own.mul(-1).add(1)),
  ]
  const weight = first.weight.add(second.weight)
  const sum = first.mean.mul(first.weight).add(second.mean.mul(second.weight))
  return { mean: sum.div(weight.equal(0).select(1, weight)), weight }
}

/** The model's output, or the mean of its outputs for all views of the samples. */
function forward(parts: Parts, batch: number): Tensor {
  const { views = [] } = parts
  if (views.length === 0) return seen(parts, batch, 'x')
  const [first, ...others] = views.map((_, i) => seen(parts, batch, `x.${i}`)) as [Tensor]
  return others.reduce((sum, output) => sum.add(output), first).mul(1 / views.length)
}

/** The model of `(x - shift) * scale`: its inputs are samples as they are stored. */
function seen({ module, signature }: Parts, batch: number, input: string): Tensor {
  const { dtype, shape } = signature.columns.x
  const { shift, scale } = signature.normalisation
  let x = Tensor.input(input, { dtype, shape: [batch, ...shape] }).cast('float32')
  if (shift !== 0) x = x.sub(channelwise(shift))
  if (scale !== 1) x = x.mul(channelwise(scale))
  return module.forward(x)
}

/** Numbers of the last axis; they are constants of the program and no data. */
function channelwise(values: number | readonly number[]): number | Tensor {
  if (typeof values === 'number') return values
  const [first = Tensor.zeros([0]), ...rest] = values.map((value) => Tensor.full([1], value))
  return rest.length === 0 ? first : first.concat(rest)
}

function refuseData({ nodes, data }: Serialised): void {
  const [name] = Object.keys(data)
  if (name === undefined) return
  const node = nodes.find((one) => 'name' in one && one.name === name)
  const where = node === undefined || node.path === '' ? 'model' : node.path
  const message =
    `${where}: a tensor made of values (\`Tensor.from\`) cannot be part of a model: ` +
    'hold them in a `Parameter`, or use a number'
  throw new AttuneError('CONFIG', message)
}
