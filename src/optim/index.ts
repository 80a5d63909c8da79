// Optimizers and learning-rate schedules: configs that the native rules read.

export { adadelta } from './adadelta.ts'
export type { AdadeltaConfig, AdadeltaOptions } from './adadelta.ts'
export { adafactor } from './adafactor.ts'
export type { AdafactorConfig, AdafactorOptions } from './adafactor.ts'
export { adagrad } from './adagrad.ts'
export type { AdagradConfig, AdagradOptions } from './adagrad.ts'
export { adam } from './adam.ts'
export type { AdamConfig, AdamOptions } from './adam.ts'
export { adamW } from './adam-w.ts'
export type { AdamWConfig, AdamWOptions } from './adam-w.ts'
export { adamax } from './adamax.ts'
export type { AdamaxConfig, AdamaxOptions } from './adamax.ts'
export { lamb } from './lamb.ts'
export type { LambConfig, LambOptions } from './lamb.ts'
export { lion } from './lion.ts'
export type { LionConfig, LionOptions } from './lion.ts'
export { muon } from './muon.ts'
export type { MuonAdamWOptions, MuonConfig, MuonOptions } from './muon.ts'
export { nAdam } from './n-adam.ts'
export type { NAdamConfig, NAdamOptions } from './n-adam.ts'
export { ema, swa } from './average.ts'
export type { Average, EmaConfig, EmaOptions, SwaConfig, SwaOptions } from './average.ts'
export type { AdaptiveClip, Clip, Clipping, ZClip } from './clipping.ts'
export type { OptimizerOptions } from './define.ts'
export { groupOptions, layerwiseDecay, noDecay } from './groups.ts'
export type { GroupOptions, LayerwiseDecayOptions, ParameterGroup } from './groups.ts'
export type { MomentOptions } from './moments.ts'
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
export { rAdam } from './r-adam.ts'
export type { RAdamConfig, RAdamOptions } from './r-adam.ts'
export { rmsProp } from './rms-prop.ts'
export type { RmsPropConfig, RmsPropOptions } from './rms-prop.ts'
export { scheduleFreeAdamW } from './schedule-free-adam-w.ts'
export type { ScheduleFreeAdamWConfig, ScheduleFreeAdamWOptions } from './schedule-free-adam-w.ts'
export { sgd } from './sgd.ts'
export type { SgdConfig, SgdOptions } from './sgd.ts'
