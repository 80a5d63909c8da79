// One layer on given numbers: its output, its gradients and what its statistics become.

import { layer } from '../../src/index.ts'
import type { LayerConfig, Mode } from '../../src/index.ts'
import { native } from '../../src/native.ts'
import type { RunResult } from '../../src/native.ts'
import { trace } from '../../src/nn/index.ts'
import { dtypeOf, gradients, serialise, Tensor } from '../../src/tensor/index.ts'

/** The numbers of one input. */
export interface Numbers {
  readonly values: Float32Array | Int32Array
  readonly shape: readonly number[]
}

/** What a layer is to compute. */
export interface LayerRun {
  readonly config: LayerConfig
  readonly mode: Mode
  readonly x: Numbers['values']
  readonly shape: readonly number[]
  /** What the layer is given beside `x`. */
  readonly others?: readonly Numbers[]
  /** Values of the states by name; those that are not given are drawn by the seed. */
  readonly states?: Readonly<Record<string, Float32Array>>
  /** The gradient of the output, which has this shape. */
  readonly dy: (output: readonly number[]) => Float32Array
  readonly seed?: number
  readonly step?: number
}

/**
 * `y`, `dx` and, by their names, the gradient of every weight and the new value of every statistic;
 * `dx1`, ... of the float inputs beside `x`.
 */
export async function runLayer(run: LayerRun): Promise<Record<string, Float32Array>> {
  const { config, mode, states: given = {}, dy, seed = 0, step = 0 } = run
  const module = layer(config)
  const numbers = [{ values: run.x, shape: run.shape }, ...(run.others ?? [])]
  const named = numbers.map(({ values, shape }, i) => {
    const name = i === 0 ? 'x' : `x${i}`
    return { name, values, shape }
  })
  const inputs = named.map(({ name, values, shape }) =>
    Tensor.input(name, { dtype: dtypeOf(values), shape }),
  )
  const { result: y, states, tensors, updates } = trace(module, mode, () => module.forward(...inputs))
  const floats = inputs.flatMap((input, i) =>
    input.dtype === 'float32' ? [{ input, name: `d${named[i]?.name}` }] : [],
  )
  const trained = states.filter(({ trainable }) => trainable).map(({ name }) => name)
  const doutput = Tensor.input('dy', { dtype: 'float32', shape: y.shape })
  const wrt = [...floats.map(({ input }) => input), ...trained.flatMap((name) => tensors.get(name) ?? [])]
  const graph = serialise([
    y,
    ...gradients(y.mul(doutput).sum(), wrt),
    ...updates.map(({ value }) => value),
  ])
  const outputs = ['y', ...floats.map(({ name }) => name), ...trained].map((name, i) => ({ name, value: graph.values[i] }))
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
  const all = [...named.map(({ name, values }) => [name, values] as const), ['dy', dy(y.shape)] as const]
  const data = Object.fromEntries(all.filter(([name]) => used.has(name)))
  const found = await new Promise<RunResult>((resolve, reject) => {
    session.run(program, { steps: 1, firstStep: step, inputs: data }, (error, result) => {
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
