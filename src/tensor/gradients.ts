// Gradients: the native rules extend the recorded graph by the nodes that compute them.

import { AttuneError, guard } from '../errors/index.ts'
import { native } from '../native.ts'
import type { TensorType } from './dtype.ts'
import type { Node, OpJson } from './node.ts'
import { serialise } from './serialise.ts'
import type { NodeJson, Serialised, Value } from './serialise.ts'
import { Tensor } from './tensor.ts'

interface Differentiated {
  nodes: (NodeJson & { types: TensorType[] })[]
  gradients: (Value | null)[]
}

/**
 * The gradient of `loss` with respect to each of `wrt`, as tensors that can be differentiated
 * again; zeros where the loss does not depend on one. A loss of more than one element is summed.
 *
 * @example
 * ```ts
 * const x = Tensor.from([1, 2, 3])
 * const [dx] = gradients(x.square().sum(), [x])
 * await dx.array() // [2, 4, 6]
 * ```
 */
export function gradients(loss: Tensor, wrt: readonly Tensor[]): Tensor[] {
  const dloss = Tensor.ones(loss.shape)
  const graph = serialise([loss, dloss, ...wrt])
  const [value, dvalue, ...inputs] = graph.values
  const json = guard(() =>
    native().differentiate(
      JSON.stringify(graph.nodes),
      JSON.stringify([[value, dvalue]]),
      JSON.stringify(inputs),
    ),
  )
  const { nodes, gradients: found } = JSON.parse(json) as Differentiated
  extend(graph, nodes)
  return wrt.map((input, i) => {
    const gradient = found[i]
    return gradient ? at(graph.sources, gradient) : Tensor.zeros(input.shape)
  })
}

/**
 * A function that gives the loss of `f` and its gradient with respect to each argument.
 *
 * @example
 * ```ts
 * const { value, grads } = valueAndGrad((x: Tensor) => x.square().sum())(Tensor.from([1, 2]))
 * const [dx] = grads
 * ```
 */
export function valueAndGrad<Args extends readonly Tensor[]>(
  f: (...tensors: Args) => Tensor,
): (...tensors: Args) => { value: Tensor; grads: { [I in keyof Args]: Tensor } } {
  return (...tensors) => {
    const value = f(...tensors)
    return { value, grads: gradients(value, tensors) as { [I in keyof Args]: Tensor } }
  }
}

function extend({ sources }: Serialised, nodes: Differentiated['nodes']): void {
  for (const { inputs, path, types, ...rest } of nodes) {
    if (!('leaf' in rest)) {
      const op = rest as unknown as OpJson
      const operands = inputs.map((value) => at(sources, value))
      sources.push({ origin: { kind: 'op', op, inputs: operands }, types, path })
    } else if (rest.leaf === 'constant') {
      sources.push({ origin: { kind: 'constant', value: rest.value }, types, path })
    } else {
      throw new AttuneError('INTERNAL', `a gradient rule recorded a leaf \`${rest.leaf}\``)
    }
  }
}

function at(sources: readonly Node[], [node, output]: Value): Tensor {
  const source = sources[node]
  if (source === undefined) throw new AttuneError('INTERNAL', `there is no node ${node}`)
  return new Tensor(source, output)
}
