// The error of a step whose loss or gradient is not finite.

import { AttuneError } from '../errors/index.ts'
import type { RunResult } from '../native.ts'
import type { Position } from './position.ts'

/**
 * What became NaN or infinite, where, and what to do.
 *
 * @param rates the learning rates of the run, a step each.
 * @param position where the trainer stood before the step.
 * @example
 * ```ts
 * throw diverged(result, rates, position)
 * ```
 */
export function diverged(result: RunResult, rates: Float64Array, position: Position): AttuneError {
  const { step, epoch } = position
  const loss = result.outputs['loss']?.[result.steps]
  const came = Number.isFinite(loss) ? 'a gradient' : 'the loss'
  const message =
    `step ${step + 1} (epoch ${epoch}): ${came} became NaN or infinite; the weights are those ` +
    `of step ${step}, the last good ones. Lower the learning rate (now ${rates[result.steps]}), ` +
    'set `clipNorm: 1` in the optimizer, or bring the data to a smaller scale'
  return new AttuneError('DIVERGED', message)
}
