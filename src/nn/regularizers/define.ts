// What a regularizer consists of: a name, a schema for its options, and the penalty it records.

import type { z } from 'zod'

import type { Tensor } from '../../tensor/index.ts'
import type { TypedConfig } from '../define.ts'

/** One regularizer. `Resolved` is its config with the defaults filled in. */
export interface RegularizerDefinition<
  Config extends TypedConfig = TypedConfig,
  Resolved = unknown,
> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Resolved, Config>
  /** The penalty on all values of `x`, a scalar. */
  penalty(x: Tensor, config: Resolved): Tensor
}
