// What a tensor stands for: one output of a recorded op, or a leaf.

import type { TensorType, TypedArray } from './dtype.ts'
import type { Tensor } from './tensor.ts'

/** An op and its attributes, as the native list of ops spells them. */
export interface OpJson {
  readonly op: string
  readonly [attribute: string]: unknown
}

/** Where a node's values come from. */
export type Origin =
  | { readonly kind: 'op'; readonly op: OpJson; readonly inputs: readonly Tensor[] }
  | { readonly kind: 'data'; readonly data: TypedArray }
  | { readonly kind: 'input'; readonly name: string }
  | { readonly kind: 'state'; readonly name: string }
  | { readonly kind: 'constant'; readonly value: number }

/** A recorded op or leaf; the garbage collector owns it. */
export interface Node {
  readonly origin: Origin
  readonly types: readonly TensorType[]
  /** The module path that recorded it. */
  readonly path: string
}
