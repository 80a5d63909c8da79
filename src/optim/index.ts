// Optimizers and learning-rate schedules: configs that the native rules read.

export { adamW } from './adam-w.ts'
export type { AdamWConfig, AdamWOptions } from './adam-w.ts'
export { adam } from './adam.ts'
export type { AdamConfig, AdamOptions } from './adam.ts'
export type { OptimizerOptions } from './define.ts'
export { optimizerOf, optimizers, optimizerSchema } from './optimizers.ts'
export type { Optimizer, OptimizerConfig, OptimizerConfigs } from './optimizers.ts'
export { rateAt, rateSchema, scheduleSchema, schedules } from './schedule.ts'
export type { Schedule, ScheduleConfigs } from './schedule.ts'
export {
  clip,
  constant,
  cosine,
  cosineRestarts,
  cyclic,
  exponentialDecay,
  inverseTimeDecay,
  linear,
  multiStep,
  noam,
  oneCycle,
  polynomial,
  sequence,
  stepDecay,
  warmup,
  warmupStableDecay,
} from './schedules/index.ts'
export type {
  ClipOptions,
  ClipSchedule,
  ConstantSchedule,
  CosineOptions,
  CosineRestartsOptions,
  CosineRestartsSchedule,
  CosineSchedule,
  CyclicOptions,
  CyclicSchedule,
  ExponentialDecayOptions,
  ExponentialDecaySchedule,
  InverseTimeDecayOptions,
  InverseTimeDecaySchedule,
  LinearOptions,
  LinearSchedule,
  Moment,
  MultiStepOptions,
  MultiStepSchedule,
  NoamOptions,
  NoamSchedule,
  OneCycleOptions,
  OneCycleSchedule,
  PolynomialOptions,
  PolynomialSchedule,
  SequencePart,
  SequenceSchedule,
  Span,
  StepDecayOptions,
  StepDecaySchedule,
  WarmupOptions,
  WarmupSchedule,
  WarmupStableDecayOptions,
  WarmupStableDecaySchedule,
} from './schedules/index.ts'
export { sgd } from './sgd.ts'
export type { SgdConfig, SgdOptions } from './sgd.ts'
