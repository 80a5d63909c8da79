// What a built-in recipe is: a whole run as one plain value, under a name.

import type { DataConfig } from '../data/index.ts'
import type { MetricConfig } from '../metrics/index.ts'
import type { LayerConfig, LossConfig } from '../nn/index.ts'
import type { OptimizerConfig } from '../optim/index.ts'

/** A run that the command line knows by name and `new Trainer(recipe.config)` takes. */
export interface Recipe {
  readonly name: string
  /** One sentence, for lists. */
  readonly description: string
  readonly config: {
    readonly model: LayerConfig
    readonly data: DataConfig
    readonly loss: LossConfig
    readonly metrics: readonly MetricConfig[]
    readonly optimizer: OptimizerConfig
    readonly batchSize: number
    readonly epochs: number
    readonly seed: number
  }
}
