// Computes tensors made by hand: one program per graph shape, run off the main thread.

import { AttuneError, fromNative, guard } from '../errors/index.ts'
import { native } from '../native.ts'
import type { NativeSession, RunResult } from '../native.ts'
import type { TypedArray } from './dtype.ts'
import { serialise } from './serialise.ts'
import type { Serialised } from './serialise.ts'
import type { Tensor } from './tensor.ts'

const programs = new Map<string, number>()
const capacity = 64

let session: NativeSession | undefined
let queue: Promise<unknown> = Promise.resolve()

/**
 * The values of several tensors, computed together: what they share is computed once.
 *
 * @throws `AttuneError` `DATA` where a tensor stands for a batch or weights of a model that is
 *   being traced, `MEMORY` where the graph does not fit.
 * @example
 * ```ts
 * const [loss, gradient] = await evaluate([value, grads[0]])
 * ```
 */
export async function evaluate(tensors: readonly Tensor[]): Promise<TypedArray[]> {
  const graph = serialise(tensors)
  refuseUnbound(graph)
  const run = queue.then(() => runOnce(graph))
  queue = run.catch(() => undefined)
  const { outputs } = await run
  return tensors.map((_, i) => {
    const values = outputs[`${i}`]
    if (values === undefined) throw new AttuneError('INTERNAL', `output ${i} did not come back`)
    return values
  })
}

function runOnce(graph: Serialised): Promise<RunResult> {
  const running = (session ??= guard(() => new (native().Session)({})))
  const program = compile(running, graph)
  const request = { steps: 1, firstStep: 0, inputs: graph.data }
  return new Promise((resolve, reject) => {
    guard(() =>
      running.run(program, request, (error, result) => {
        if (result === null) reject(fromNative(error))
        else resolve(result)
      }),
    )
  })
}

/** The program of a graph; the least recently used one is released when there are too many. */
function compile(on: NativeSession, { nodes, values }: Serialised): number {
  const outputs = values.map((value, i) => ({ name: `${i}`, value }))
  const program = { name: 'tensor', nodes, outputs, assigns: [], loss: null, update: null }
  const json = JSON.stringify(program)
  const id = programs.get(json) ?? guard(() => on.compile(json))
  programs.delete(json)
  programs.set(json, id)
  const [oldest] = programs
  if (programs.size > capacity && oldest !== undefined) {
    programs.delete(oldest[0])
    on.release(oldest[1])
  }
  return id
}

function refuseUnbound({ nodes, data }: Serialised): void {
  for (const node of nodes) {
    if (!('name' in node) || node.name in data) continue
    const message =
      `this tensor depends on \`${node.name}\` of a model being traced, which has no values yet: ` +
      'return it from `forward` and read it from the trainer'
    throw new AttuneError('DATA', node.path === '' ? message : `${node.path}: ${message}`)
  }
}
