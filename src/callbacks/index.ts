// Callbacks: they follow a run by its events and decide whether it goes on.

export { callbackOf, callbackSchema, isCallback, registerCallback } from './callbacks.ts'
export type { CallbackConfig, CallbackConfigs } from './callbacks.ts'
export type { Answer, Callback, CallbackDefinition, Decision, TrainingState } from './define.ts'
export { earlyStopping } from './early-stopping.ts'
export type { EarlyStoppingConfig, EarlyStoppingOptions } from './early-stopping.ts'
export type {
  CheckpointEvent,
  EndEvent,
  MeasuredEvent,
  Progress,
  StartEvent,
  TrainingEvent,
  WarningEvent,
} from './events.ts'
