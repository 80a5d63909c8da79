// Training: one visible loop around one native program.

export type { EvaluateOptions } from './evaluate.ts'
export type { FitResult } from './fit.ts'
export type { Inspection, LayerInspection, Plan, PlannedLaunch } from './inspect.ts'
export type { Measures } from './measure.ts'
export type { Prediction, Samples } from './predict.ts'
export { readSaved } from './saved.ts'
export type { Saved } from './saved.ts'
export { parseRun, runJsonSchema } from './schema.ts'
export type { ResolvedRun, RunConfig } from './schema.ts'
export type { Profile, ProfiledLaunch } from './profile.ts'
export { Trainer } from './trainer.ts'
export type { FitOptions, FitRun, Part } from './trainer.ts'
