// The list of schedules: learning rates over time, plain values and the pure function that reads them.

import { z } from 'zod'

import { number, oneOf, parse, union } from '../config/index.ts'
import { clipSchedule } from './schedules/clip.ts'
import type { ClipSchedule } from './schedules/clip.ts'
import { constantSchedule } from './schedules/constant.ts'
import type { ConstantSchedule } from './schedules/constant.ts'
import { cosineRestartsSchedule } from './schedules/cosine-restarts.ts'
import type { CosineRestartsSchedule } from './schedules/cosine-restarts.ts'
import { cosineSchedule } from './schedules/cosine.ts'
import type { CosineSchedule } from './schedules/cosine.ts'
import { cyclicSchedule } from './schedules/cyclic.ts'
import type { CyclicSchedule } from './schedules/cyclic.ts'
import type { ScheduleDefinition } from './schedules/define.ts'
import { exponentialDecaySchedule } from './schedules/exponential-decay.ts'
import type { ExponentialDecaySchedule } from './schedules/exponential-decay.ts'
import { inverseTimeDecaySchedule } from './schedules/inverse-time-decay.ts'
import type { InverseTimeDecaySchedule } from './schedules/inverse-time-decay.ts'
import { linearSchedule } from './schedules/linear.ts'
import type { LinearSchedule } from './schedules/linear.ts'
import type { Moment } from './schedules/moment.ts'
import { multiStepSchedule } from './schedules/multi-step.ts'
import type { MultiStepSchedule } from './schedules/multi-step.ts'
import { noamSchedule } from './schedules/noam.ts'
import type { NoamSchedule } from './schedules/noam.ts'
import { oneCycleSchedule } from './schedules/one-cycle.ts'
import type { OneCycleSchedule } from './schedules/one-cycle.ts'
import { polynomialSchedule } from './schedules/polynomial.ts'
import type { PolynomialSchedule } from './schedules/polynomial.ts'
import { sequenceSchedule } from './schedules/sequence.ts'
import type { SequenceSchedule } from './schedules/sequence.ts'
import { stepDecaySchedule } from './schedules/step-decay.ts'
import type { StepDecaySchedule } from './schedules/step-decay.ts'
import { warmupStableDecaySchedule } from './schedules/warmup-stable-decay.ts'
import type { WarmupStableDecaySchedule } from './schedules/warmup-stable-decay.ts'
import { warmupSchedule } from './schedules/warmup.ts'
import type { WarmupSchedule } from './schedules/warmup.ts'

/** Every schedule by its type. */
export interface ScheduleConfigs {
  clip: ClipSchedule
  constant: ConstantSchedule
  cosine: CosineSchedule
  cosineRestarts: CosineRestartsSchedule
  cyclic: CyclicSchedule
  exponentialDecay: ExponentialDecaySchedule
  inverseTimeDecay: InverseTimeDecaySchedule
  linear: LinearSchedule
  multiStep: MultiStepSchedule
  noam: NoamSchedule
  oneCycle: OneCycleSchedule
  polynomial: PolynomialSchedule
  sequence: SequenceSchedule
  stepDecay: StepDecaySchedule
  warmup: WarmupSchedule
  warmupStableDecay: WarmupStableDecaySchedule
}

/** A learning rate over time. */
export type Schedule = ScheduleConfigs[keyof ScheduleConfigs]

/** The schedules. */
export const schedules: {
  readonly [Type in keyof ScheduleConfigs]: ScheduleDefinition<ScheduleConfigs[Type]>
} = {
  clip: clipSchedule,
  constant: constantSchedule,
  cosine: cosineSchedule,
  cosineRestarts: cosineRestartsSchedule,
  cyclic: cyclicSchedule,
  exponentialDecay: exponentialDecaySchedule,
  inverseTimeDecay: inverseTimeDecaySchedule,
  linear: linearSchedule,
  multiStep: multiStepSchedule,
  noam: noamSchedule,
  oneCycle: oneCycleSchedule,
  polynomial: polynomialSchedule,
  sequence: sequenceSchedule,
  stepDecay: stepDecaySchedule,
  warmup: warmupSchedule,
  warmupStableDecay: warmupStableDecaySchedule,
}

const held: z.ZodType = z.lazy(() => rateSchema)

const schemas = Object.entries(schedules).map(([type, one]) => [type, one.schema(held)] as const)

/** The schema of a schedule. */
export const scheduleSchema: z.ZodType<Schedule, Schedule> = union(
  'schedule',
  Object.fromEntries(schemas),
)

/** The schema of a learning rate: a number or a schedule. */
export const rateSchema: z.ZodType<number | Schedule, number | Schedule> = oneOf(
  'a number of at least 0, or a schedule',
  [number({ from: 0 }), scheduleSchema],
)

const resolved = new WeakMap<Schedule, Schedule>()

/**
 * The learning rate at a moment; a number stands for a constant.
 *
 * @throws `AttuneError` `CONFIG` listing every problem of the schedule, or saying what it needs to
 *   know of the moment: schedules that span the whole run need `totalSteps`.
 * @example
 * ```ts
 * rateAt(exponentialDecay({ initial: 1, rate: 0.5 }), { step: 0, epoch: 2 }) // 0.25
 * ```
 */
export function rateAt(schedule: Schedule | number, moment: Moment): number {
  if (typeof schedule === 'number') return schedule
  let known = resolved.get(schedule)
  if (known === undefined) {
    known = parse(scheduleSchema, schedule, 'schedule')
    resolved.set(schedule, known)
  }
  return read(known, moment)
}

function read(schedule: unknown, moment: Moment): number {
  if (typeof schedule === 'number') return schedule
  const { type } = schedule as Schedule
  const definition: ScheduleDefinition = schedules[type]
  return definition.rate(schedule as { type: string }, moment, read)
}
