// One layer on given numbers: its output, its gradients and what its statistics become.

import { layer } from '../../src/index.ts'
import type { LayerConfig, Mode } from '../../src/index.ts'
import { native } from '../../src/native.ts'
import type { RunResult } from '../../src/native.ts'
import { trace } from '../../src/nn/index.ts'
import { gradients, serialise, Tensor } from '../../src/tensor/index.ts'

/** What a layer is to compute. */
export interface LayerRun {
  readonly config: LayerConfig
  readonly mode: Mode
  readonly x: Float32Array
  readonly shape: readonly number[]
  /** Values of the states by name; those that are not given are drawn by the seed. */
  readonly states?: Readonly<Record<string, Float32Array>>
  /** The gradient of the output, which has this shape. */
  readonly dy: (output: readonly number[]) => Float32Array
  readonly seed?: number
  readonly step?: number
}

/**
 * `y`, `dx` and, by their names, the gradient of every weight and the new value of every statistic.
 */
export async function runLayer(run: LayerRun): Promise<Record<string, Float32Array>> {
  const { config, mode, shape, x, states: given = {}, dy, seed = 0, step = 0 } = run
  const module = layer(config)
  const input = Tensor.input('x', { dtype: 'float32', shape })
  const { result: y, states, tensors, updates } = trace(module, mode, () => module.call(input))
  const trained = states.filter(({ trainable }) => trainable).map(({ name }) => name)
  const doutput = Tensor.input('dy', { dtype: 'float32', shape: y.shape })
  const wrt = [input, ...trained.flatMap((name) => tensors.get(name) ?? [])]
  const graph = serialise([
    y,
    ...gradients(y.mul(doutput).sum(), wrt),
    ...updates.map(({ value }) => value),
  ])
  const outputs = ['y', 'dx', ...trained].map((name, i) => ({ name, value: graph.values[i] }))
  const assigns = updates.map(({ state }, i) => ({
    state,
    value: graph.values[outputs.length + i],
  }))
  const session = new (native().Session)({ threads: 1, seed })
  session.declare(JSON.stringify(states))
  for (const [name, values] of Object.entries(given)) session.write(name, values)
  const program = session.compile(
    JSON.stringify({ name: 'layer', nodes: graph.nodes, outputs, assigns, loss: null, update: null }),
  )
  const used = new Set(graph.nodes.flatMap((node) => (node.leaf === 'input' ? [node.name] : [])))
  const inputs = Object.fromEntries(
    Object.entries({ x, dy: dy(y.shape) }).filter(([name]) => used.has(name)),
  )
  const found = await new Promise<RunResult>((resolve, reject) => {
    session.run(program, { steps: 1, firstStep: step, inputs }, (error, result) => {
      if (result === null) reject(error ?? new Error('the run gave nothing'))
      else resolve(result)
    })
  })
  const statistics = states.filter(({ trainable }) => !trainable)
  return {
    ...(found.outputs as Record<string, Float32Array>),
    ...Object.fromEntries(statistics.map(({ name }) => [name, session.read(name)])),
  }
}
