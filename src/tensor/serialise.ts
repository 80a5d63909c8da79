// The graph behind some tensors as the JSON that every native compile and gradient reads.

import type { DType, TypedArray } from './dtype.ts'
import type { Node, OpJson } from './node.ts'
import type { Tensor } from './tensor.ts'

/** One output of one node: `[node, output]`. */
export type Value = readonly [node: number, output: number]

/** A node in JSON; its inputs are earlier nodes. */
export type NodeJson = (
  | (OpJson & { leaf?: never; name?: never })
  | { leaf: 'input'; op?: never; name: string; dtype: DType; shape: readonly number[] }
  | { leaf: 'state'; op?: never; name: string; shape: readonly number[] }
  | { leaf: 'constant'; op?: never; value: number; shape: readonly number[] }
) & { readonly inputs: readonly Value[]; readonly path: string }

/** A serialised graph. */
export interface Serialised {
  /** Every node that the outputs depend on, each after its inputs. */
  readonly nodes: NodeJson[]
  /** The value of each output asked for. */
  readonly values: Value[]
  /** What each of `nodes` was made of. */
  readonly sources: Node[]
  /** The data of tensors made by hand, by the name of their input leaf. */
  readonly data: Record<string, TypedArray>
}

/**
 * Lists the nodes that `outputs` depend on in topological order, each once.
 *
 * The order depends on the graph alone, so equal graphs give equal JSON and share one program.
 *
 * @example
 * ```ts
 * const { nodes, values } = serialise([loss, accuracy])
 * ```
 */
export function serialise(outputs: readonly Tensor[]): Serialised {
  const index = new Map<Node, number>()
  const graph: Serialised = { nodes: [], values: [], sources: [], data: {} }
  for (const output of outputs) visit(output.node, index, graph)
  graph.values.push(...outputs.map((output) => valueOf(output, index)))
  return graph
}

/** Depth first without recursion: graphs are deeper than the call stack. */
function visit(root: Node, index: Map<Node, number>, graph: Serialised): void {
  const stack = [root]
  for (let node = stack.at(-1); node !== undefined; node = stack.at(-1)) {
    if (index.has(node)) {
      stack.pop()
      continue
    }
    const inputs = node.origin.kind === 'op' ? node.origin.inputs : []
    const missing = inputs.filter((input) => !index.has(input.node))
    if (missing.length > 0) {
      for (const input of missing.toReversed()) stack.push(input.node)
      continue
    }
    index.set(node, graph.nodes.length)
    graph.nodes.push(nodeJson(node, index, graph))
    graph.sources.push(node)
    stack.pop()
  }
}

function nodeJson(node: Node, index: Map<Node, number>, graph: Serialised): NodeJson {
  const { origin, path } = node
  if (origin.kind === 'op') {
    const inputs = origin.inputs.map((input) => valueOf(input, index))
    return { ...origin.op, inputs, path }
  }
  const type = node.types[0]
  if (type === undefined) throw new TypeError('a leaf has one type')
  const { dtype, shape } = type
  switch (origin.kind) {
    case 'data': {
      const name = `#${Object.keys(graph.data).length}`
      graph.data[name] = origin.data
      return { leaf: 'input', name, dtype, shape, inputs: [], path }
    }
    case 'input':
      return { leaf: 'input', name: origin.name, dtype, shape, inputs: [], path }
    case 'state':
      return { leaf: 'state', name: origin.name, shape, inputs: [], path }
    case 'constant':
      return { leaf: 'constant', value: origin.value, shape, inputs: [], path }
  }
}

function valueOf(tensor: Tensor, index: Map<Node, number>): Value {
  return [index.get(tensor.node) ?? -1, tensor.output]
}
