// What an activation function consists of: a name, a schema for its options, and what it records.

import { z } from 'zod'

import { options } from '../../config/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import type { TypedConfig } from '../define.ts'
import type { Initializer } from '../initializers.ts'

/** Declares the weight of an activation function that learns one. */
export type DeclareWeight = (shape: readonly number[], initializer: Initializer) => Tensor

/** One activation function. `Resolved` is its config with the defaults filled in. */
export interface ActivationDefinition<
  Config extends TypedConfig = TypedConfig,
  Resolved = unknown,
> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Resolved, Config>
  apply(x: Tensor, config: Resolved, weight: DeclareWeight): Tensor
}

/**
 * An activation function without options.
 *
 * @example
 * ```ts
 * const reluActivation = plain('relu', (x) => x.relu())
 * ```
 */
export function plain<Type extends string>(
  type: Type,
  apply: (x: Tensor) => Tensor,
): ActivationDefinition<{ readonly type: Type }, { readonly type: Type }> {
  return { type, schema: options({ type: z.literal(type) }), apply }
}
