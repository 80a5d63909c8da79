// A linear map of the last axis, `x W + b`, inside layers whose sizes their first input decides.

import { elements } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import type { Fans, Initializer } from './initializers.ts'
import { Module } from './module.ts'

/** How a projection's weights begin, and whether there is a bias. */
export interface ProjectionOptions {
  readonly weightInitializer: Initializer
  /** Default: no bias. */
  readonly biasInitializer?: Initializer | undefined
}

/** `[..., in] -> [..., units]`, with `weight` `[in, units]` and perhaps `bias` `[units]`. */
export class Projection extends Module {
  readonly options: ProjectionOptions

  constructor(options: ProjectionOptions) {
    super()
    this.options = options
  }

  override forward(x: Tensor): Tensor {
    return this.project(x, x.shape.at(-1) ?? 1)
  }

  /** Maps the last axis of `x` to `units` channels. */
  project(x: Tensor, units: number, fans?: Fans): Tensor {
    const { weightInitializer, biasInitializer } = this.options
    const outer = x.shape.slice(0, -1)
    const inputs = x.shape.at(-1) ?? 1
    const own = fans ?? { fanIn: inputs, fanOut: units }
    const weight = this.state('weight', [inputs, units], {
      initializer: weightInitializer,
      fans: own,
    })
    const y = x.reshape([elements(outer), inputs]).matMul(weight)
    if (biasInitializer === undefined) return y.reshape([...outer, units])
    const bias = this.state('bias', [units], { initializer: biasInitializer, fans: own })
    return y.add(bias).reshape([...outer, units])
  }
}
