// Moments of a training and spans between them: how schedules tell the time.

import type { z } from 'zod'

import { choice, number, oneOf, options, wholeNumber } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'

/** When a rate is asked for. */
export interface Moment {
  /** Steps gone by. */
  readonly step: number
  /** Epochs gone by; within an epoch it has a fraction. */
  readonly epoch: number
  /** The steps of this epoch; needed where a schedule counts in steps and in epochs. */
  readonly stepsPerEpoch?: number | undefined
  /** The steps of the whole run; needed by schedules that span it. */
  readonly totalSteps?: number | undefined
}

/**
 * A stretch of training: a number of steps, one `epoch`, a number of epochs, or a share of the run
 * (inside `sequence` and `warmup`, of the part that they leave).
 */
export type Span = number | 'epoch' | { readonly epochs: number } | { readonly share: number }

/** The whole run. */
export const wholeRun: Span = { share: 1 }

/** The schema of a span. */
export const spanSchema: z.ZodType<Span, Span> = oneOf(
  'a number of steps of at least 1, "epoch", { epochs: above 0 } or { share: above 0 and at most 1 }',
  [
    wholeNumber(1),
    choice(['epoch']),
    options({ epochs: number({ above: 0 }) }),
    options({ share: number({ above: 0, to: 1 }) }),
  ],
) as z.ZodType<Span, Span>

/**
 * How many times a span has gone by, with its fraction.
 *
 * @throws `AttuneError` `CONFIG` where the moment does not know what the span counts in.
 * @example
 * ```ts
 * progress({ epochs: 10 }, { step: 225, epoch: 5 }) // 0.5
 * ```
 */
export function progress(span: Span, moment: Moment): number {
  const epochs = epochsOf(span)
  const gone =
    epochs === undefined
      ? known(moment.step, 'stepsPerEpoch') / inSteps(span, moment)
      : known(moment.epoch, 'stepsPerEpoch') / epochs
  return Math.max(0, gone)
}

/**
 * How many times a span has gone by as a whole. What rounding keeps below a whole number counts.
 *
 * @example
 * ```ts
 * stairs(10, { step: 25, epoch: 0 }) // 2
 * ```
 */
export function stairs(span: Span, moment: Moment): number {
  return Math.floor(progress(span, moment) + 1e-9)
}

/**
 * The share of a span that has gone by, 1 after its end.
 *
 * @example
 * ```ts
 * share(100, { step: 25, epoch: 0 }) // 0.25
 * ```
 */
export function share(span: Span, moment: Moment): number {
  return Math.min(1, progress(span, moment))
}

/**
 * A span as a number of steps.
 *
 * @throws `AttuneError` `CONFIG` where the moment does not tell.
 * @example
 * ```ts
 * inSteps({ epochs: 2 }, { step: 0, epoch: 0, stepsPerEpoch: 45 }) // 90
 * ```
 */
export function inSteps(span: Span, moment: Moment): number {
  return known(stepsOf(span, moment), isShare(span) ? 'totalSteps' : 'stepsPerEpoch')
}

/**
 * The moment as a schedule sees it that has a span for its whole run.
 *
 * @example
 * ```ts
 * during(10, { step: 5, epoch: 0, totalSteps: 100 }) // step 5 of 10
 * ```
 */
export function during(span: Span, moment: Moment): Moment {
  return { ...moment, totalSteps: stepsOf(span, moment) }
}

/**
 * The moment as a schedule sees it that begins after a span.
 *
 * @example
 * ```ts
 * after(10, { step: 25, epoch: 0, totalSteps: 100 }) // step 15 of 90
 * ```
 */
export function after(span: Span, moment: Moment): Moment {
  const { step, epoch, stepsPerEpoch = Number.NaN, totalSteps = Number.NaN } = moment
  const steps = stepsOf(span, moment)
  const epochs = epochsOf(span) ?? steps / stepsPerEpoch
  return { ...moment, step: step - steps, epoch: epoch - epochs, totalSteps: totalSteps - steps }
}

/** NaN where the moment does not tell; so are the fields of moments that come of it. */
function stepsOf(span: Span, { stepsPerEpoch, totalSteps }: Moment): number {
  if (typeof span === 'number') return span
  if (isShare(span)) return span.share * (totalSteps ?? Number.NaN)
  return (epochsOf(span) ?? Number.NaN) * (stepsPerEpoch ?? Number.NaN)
}

function isShare(span: Span): span is { readonly share: number } {
  return typeof span === 'object' && 'share' in span
}

function epochsOf(span: Span): number | undefined {
  if (span === 'epoch') return 1
  return typeof span === 'object' && 'epochs' in span ? span.epochs : undefined
}

function known(value: number, name: 'stepsPerEpoch' | 'totalSteps'): number {
  if (!Number.isNaN(value)) return value
  const needed =
    name === 'totalSteps'
      ? 'a share of the run needs `totalSteps`'
      : 'spans in steps and in epochs together need `stepsPerEpoch`'
  throw new AttuneError('CONFIG', `schedule: ${needed} in the moment: give it`)
}
