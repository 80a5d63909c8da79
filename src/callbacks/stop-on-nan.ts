// What happens when the loss or a gradient becomes NaN or infinite: an end without an error.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import type { CallbackDefinition } from './define.ts'

/** Options of `stopOnNaN`. */
export interface StopOnNaNOptions {
  /** Steps in a row that are left out before the run ends, at least 0. Default: 0. */
  readonly skip?: number | undefined
}

/** The config of `stopOnNaN`. */
export interface StopOnNaNConfig extends StopOnNaNOptions {
  readonly type: 'stopOnNaN'
}

interface ResolvedStopOnNaN {
  readonly type: 'stopOnNaN'
  readonly skip: number
}

/**
 * Ends the run in peace when the loss or a gradient becomes NaN or infinite, as Keras'
 * `TerminateOnNaN`: `fit` resolves, with the weights of the last good step. Without this callback
 * `fit` rejects with `DIVERGED`. Either way no such update is ever applied; with `skip`, some bad
 * batches in a row are left out first.
 *
 * @example
 * ```ts
 * stopOnNaN({ skip: 3 })
 * ```
 */
export function stopOnNaN(options: StopOnNaNOptions = {}): StopOnNaNConfig {
  return { type: 'stopOnNaN', ...options }
}

/** How `stopOnNaN` is checked and made. */
export const stopOnNaNCallback: CallbackDefinition<StopOnNaNConfig, ResolvedStopOnNaN> = {
  type: 'stopOnNaN',
  schema: options({ type: z.literal('stopOnNaN'), skip: wholeNumber(0).default(0) }),
  make: ({ skip }) => {
    let memory = { last: -1, inRow: 0 }
    return {
      onDiverged: ({ step, loss }) => {
        const { last, inRow } = memory
        memory = { last: step, inRow: step === last + 1 ? inRow + 1 : 1 }
        if (memory.inRow <= skip) return { skip: true }
        const what = Number.isFinite(loss) ? 'a gradient' : 'the loss'
        return { stop: true, reason: `${what} became NaN or infinite at step ${step}` }
      },
      state: () => ({ ...memory }),
      restore: (state) => (memory = { ...(state as typeof memory) }),
    }
  },
}
