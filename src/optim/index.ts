// Optimizers and learning-rate schedules: configs that the native rules read.

export { adamW } from './adam-w.ts'
export type { AdamWConfig, AdamWOptions } from './adam-w.ts'
export { adam } from './adam.ts'
export type { AdamConfig, AdamOptions } from './adam.ts'
export type { OptimizerOptions } from './define.ts'
export { optimizerOf, optimizers, optimizerSchema } from './optimizers.ts'
export type { Optimizer, OptimizerConfig, OptimizerConfigs } from './optimizers.ts'
export { constant, exponentialDecay, rateAt, scheduleSchema } from './schedule.ts'
export type {
  ConstantSchedule,
  ExponentialDecayOptions,
  ExponentialDecaySchedule,
  Moment,
  Schedule,
} from './schedule.ts'
export { sgd } from './sgd.ts'
export type { SgdConfig, SgdOptions } from './sgd.ts'
