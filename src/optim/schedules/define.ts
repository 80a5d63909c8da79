// What a schedule consists of: a name, a schema, and its rate at a moment.

import type { z } from 'zod'

import type { Moment } from './moment.ts'

/** A config whose defaults are filled in. */
export type Resolved<Config> = { readonly [Key in keyof Config]-?: Exclude<Config[Key], undefined> }

/** The rate of a schedule that another one holds. */
export type RateOf = (schedule: unknown, moment: Moment) => number

/** One schedule. */
export interface ScheduleDefinition<
  Config extends { readonly type: string } = { readonly type: string },
> {
  readonly type: Config['type']
  /** @param schedule the schema of any schedule or number, for schedules that hold others. */
  schema(schedule: z.ZodType): z.ZodType<unknown, Config>
  /** @param rateOf the rate of a schedule that this one holds. */
  rate(config: Resolved<Config>, moment: Moment, rateOf: RateOf): number
}
