// A model laid open: its layers with output shapes, weights and operations, and the planned memory.

import { modulePaths, Parameter } from '../nn/index.ts'
import type { Module } from '../nn/index.ts'
import { elements } from '../tensor/index.ts'
import type { Parts } from './programs.ts'
import { tracePrediction } from './programs.ts'

/** One kernel call of a step. */
export interface PlannedLaunch {
  readonly name: string
  /** The module that recorded it. */
  readonly path: string
  readonly stage: number
  readonly tiles: number
  readonly flops: number
  readonly bytes: number
}

/** What a step needs and does, known before it runs. */
export interface Plan {
  /** Activations, gradients and scratch. */
  readonly arenaBytes: number
  /** Weights and running statistics. */
  readonly stateBytes: number
  readonly optimizerBytes: number
  /** Copies of weights in the layout that matrix products read. */
  readonly panelBytes: number
  /** All of these at once. */
  readonly peakBytes: number
  readonly limitBytes: number
  readonly flops: number
  readonly stages: number
  readonly launches: readonly PlannedLaunch[]
}

/** One layer of a model. */
export interface LayerInspection {
  /** Such as `layers.0`. */
  readonly path: string
  /** Such as `conv2d`. */
  readonly type: string
  /** The shape of its output for one sample. */
  readonly output: readonly number[]
  /** The number of its trained weights. */
  readonly parameters: number
  /** Operations on numbers for one sample, forward. */
  readonly flops: number
}

/** A model laid open. */
export interface Inspection {
  readonly layers: readonly LayerInspection[]
  readonly parameters: number
  readonly flops: number
  /** The samples of the run's largest step. */
  readonly batch: number
  /** The plan of such a step of training. */
  readonly plan: Plan
}

/**
 * The layers of a model, in the order of its fields.
 *
 * @param forward the plan of the prediction of one sample.
 * @example
 * ```ts
 * const layers = inspectLayers(parts, forward)
 * ```
 */
export function inspectLayers(parts: Parts, forward: Plan): LayerInspection[] {
  const { graph, states } = tracePrediction(parts, 1, 'train')
  let output = parts.signature.columns.x.shape
  return leaves(parts.module).map(([path, module]) => {
    const last = graph.sources.findLast((node) => node.origin.kind === 'op' && node.path === path)
    output = last?.types[0]?.shape.slice(1) ?? output
    const own = states.filter(({ name, trainable }) => trainable && within(name, path))
    const launches = forward.launches.filter((launch) => within(launch.path, path))
    return {
      path,
      type: typeName(module),
      output,
      parameters: own.reduce((sum, { shape }) => sum + elements(shape), 0),
      flops: launches.reduce((sum, { flops }) => sum + flops, 0),
    }
  })
}

/** The modules that hold no others, by path; a model that is one layer is its own. */
function leaves(root: Module): [path: string, module: Module][] {
  const modules = [...modulePaths(root)].filter(
    ([module]) => typeof module !== 'function' && !(module instanceof Parameter),
  )
  const inner = modules.filter(
    ([, path]) => !modules.some(([, other]) => other !== path && within(other, path)),
  )
  return inner.map(([module, path]) => [path, module])
}

function within(name: string, path: string): boolean {
  return path === '' || name === path || name.startsWith(`${path}.`)
}

/** The type of a described layer; the class of any other. */
function typeName(module: Module): string {
  const { config } = module as { readonly config?: { readonly type?: unknown } }
  if (typeof config?.type === 'string') return config.type
  const { name } = module.constructor
  return name.charAt(0).toLowerCase() + name.slice(1)
}
