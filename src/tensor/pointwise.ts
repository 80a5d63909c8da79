// Pointwise: the operations that treat each element alone.

import type { OpJson } from './node.ts'
import type { Tensor } from './tensor.ts'

/** What an operation takes beside its tensor: a tensor, a number, or a module's parameter. */
export type Operand = Tensor | number | { toTensor(): Tensor }

/**
 * Operations of one element, or of two at the same place. Shapes are aligned at the last axis and
 * sizes of 1 repeat; comparisons give 1 or 0 as `float32`.
 *
 * @example
 * ```ts
 * await Tensor.from([1, 2]).mul(10).add(1).array() // [11, 21]
 * ```
 */
export abstract class Pointwise {
  /** Records an op on this and `others`. */
  protected abstract apply(op: OpJson, ...others: Operand[]): Tensor

  /** `this + other` */
  add(other: Operand): Tensor {
    return this.apply({ op: 'add' }, other)
  }

  /** `this - other` */
  sub(other: Operand): Tensor {
    return this.apply({ op: 'sub' }, other)
  }

  /** `this * other`, element by element */
  mul(other: Operand): Tensor {
    return this.apply({ op: 'mul' }, other)
  }

  /** `this / other` */
  div(other: Operand): Tensor {
    return this.apply({ op: 'div' }, other)
  }

  /** `this ** other` */
  pow(other: Operand): Tensor {
    return this.apply({ op: 'pow' }, other)
  }

  /** The larger of both. */
  maximum(other: Operand): Tensor {
    return this.apply({ op: 'maximum' }, other)
  }

  /** The smaller of both. */
  minimum(other: Operand): Tensor {
    return this.apply({ op: 'minimum' }, other)
  }

  /** 1 where equal, else 0. */
  equal(other: Operand): Tensor {
    return this.apply({ op: 'equal' }, other)
  }

  /** 1 where not equal, else 0. */
  notEqual(other: Operand): Tensor {
    return this.apply({ op: 'notEqual' }, other)
  }

  /** 1 where less than `other`, else 0. */
  less(other: Operand): Tensor {
    return this.apply({ op: 'less' }, other)
  }

  /** 1 where less than or equal to `other`, else 0. */
  lessEqual(other: Operand): Tensor {
    return this.apply({ op: 'lessEqual' }, other)
  }

  /** 1 where greater than `other`, else 0. */
  greater(other: Operand): Tensor {
    return this.apply({ op: 'greater' }, other)
  }

  /** 1 where greater than or equal to `other`, else 0. */
  greaterEqual(other: Operand): Tensor {
    return this.apply({ op: 'greaterEqual' }, other)
  }

  /** `then` where this is not 0, `otherwise` where it is. */
  select(then: Operand, otherwise: Operand): Tensor {
    return this.apply({ op: 'select' }, then, otherwise)
  }

  /** `-this` */
  neg(): Tensor {
    return this.apply({ op: 'neg' })
  }

  /** `e ** this` */
  exp(): Tensor {
    return this.apply({ op: 'exp' })
  }

  /** The natural logarithm. */
  log(): Tensor {
    return this.apply({ op: 'log' })
  }

  /** The square root. */
  sqrt(): Tensor {
    return this.apply({ op: 'sqrt' })
  }

  /** `1 / √this` */
  rsqrt(): Tensor {
    return this.apply({ op: 'rsqrt' })
  }

  /** `this * this` */
  square(): Tensor {
    return this.apply({ op: 'square' })
  }

  /** -1, 0 or 1; its gradient is 0. */
  sign(): Tensor {
    return this.apply({ op: 'sign' })
  }

  /** The largest whole number that is not above; its gradient is 0. */
  floor(): Tensor {
    return this.apply({ op: 'floor' })
  }

  /** The sine, of radians. */
  sin(): Tensor {
    return this.apply({ op: 'sin' })
  }

  /** The cosine, of radians. */
  cos(): Tensor {
    return this.apply({ op: 'cos' })
  }

  /** The absolute value; its gradient at 0 is 0. */
  abs(): Tensor {
    return this.apply({ op: 'abs' })
  }

  /** `max(0, this)`; its gradient at 0 is 0. */
  relu(): Tensor {
    return this.apply({ op: 'relu' })
  }

  /** `x Φ(x)` with the normal distribution's Φ, exact or approximated by tanh. */
  gelu({ approximate = false }: { readonly approximate?: boolean } = {}): Tensor {
    return this.apply({ op: 'gelu', approximate })
  }

  /** `x sigmoid(x)` */
  silu(): Tensor {
    return this.apply({ op: 'silu' })
  }

  /** `log(1 + e ** x)` */
  softplus(): Tensor {
    return this.apply({ op: 'softplus' })
  }

  /** The hyperbolic tangent. */
  tanh(): Tensor {
    return this.apply({ op: 'tanh' })
  }

  /** `1 / (1 + e ** -this)` */
  sigmoid(): Tensor {
    return this.apply({ op: 'sigmoid' })
  }
}
