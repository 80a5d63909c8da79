// Callbacks: they follow a run by its events and decide whether it goes on.

export { callbackOf, callbacks, callbackSchema, isCallback, registerCallback } from './callbacks.ts'
export type { CallbackConfig, CallbackConfigs } from './callbacks.ts'
export type { Every } from './checks.ts'
export type {
  Answer,
  Callback,
  CallbackDefinition,
  Decision,
  GradientMoments,
  Probe,
  TrainingState,
} from './define.ts'
export { csvLogger } from './csv-logger.ts'
export type { CsvLoggerConfig, CsvLoggerOptions } from './csv-logger.ts'
export { earlyStopping } from './early-stopping.ts'
export type { EarlyStoppingConfig, EarlyStoppingOptions } from './early-stopping.ts'
export { evidenceStopping } from './evidence-stopping.ts'
export type { EvidenceStoppingConfig, EvidenceStoppingOptions } from './evidence-stopping.ts'
export { gradientNormStopping } from './gradient-norm-stopping.ts'
export type {
  GradientNormStoppingConfig,
  GradientNormStoppingOptions,
} from './gradient-norm-stopping.ts'
export { jsonlLogger } from './jsonl-logger.ts'
export type { JsonlLoggerConfig, JsonlLoggerOptions } from './jsonl-logger.ts'
export { prechelt } from './prechelt.ts'
export type { PrecheltConfig, PrecheltOptions } from './prechelt.ts'
export { reduceOnPlateau } from './reduce-on-plateau.ts'
export type { ReduceOnPlateauConfig, ReduceOnPlateauOptions } from './reduce-on-plateau.ts'
export { stopAfter } from './stop-after.ts'
export type { StopAfterConfig, StopAfterOptions } from './stop-after.ts'
export { stopAtTarget } from './stop-at-target.ts'
export type { StopAtTargetConfig, StopAtTargetOptions } from './stop-at-target.ts'
export { stopOnNaN } from './stop-on-nan.ts'
export type { StopOnNaNConfig, StopOnNaNOptions } from './stop-on-nan.ts'
export { updateRatioStopping } from './update-ratio-stopping.ts'
export type {
  UpdateRatioStoppingConfig,
  UpdateRatioStoppingOptions,
} from './update-ratio-stopping.ts'
export type {
  CheckpointEvent,
  EndEvent,
  MeasuredEvent,
  Progress,
  StartEvent,
  TrainingEvent,
  WarningEvent,
} from './events.ts'
