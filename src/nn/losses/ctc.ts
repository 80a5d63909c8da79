// CTC: `-log` of the probability that scores over time spell the target. Graves et al. 2006.

import { z } from 'zod'

import { choice, flag, options, wholeNumber } from '../../config/index.ts'
import { AttuneError } from '../../errors/index.ts'
import { here } from '../../tensor/index.ts'
import type { Tensor } from '../../tensor/index.ts'
import { describe } from '../define.ts'
import type { Resolved } from '../define.ts'
import type { LossDefinition } from './define.ts'

/** Options of `ctc`. */
export interface CtcOptions {
  /** The class that spells nothing, below the number of classes. Default: 0. */
  readonly blank?: number | undefined
  /** Whether a target that its input is too short for counts as 0, not as infinite. Default: false. */
  readonly zeroInfinity?: boolean | undefined
  /**
   * `mean` divides each loss by the number of its labels (at least 1) and takes the mean over the
   * batch, `batchMean` takes the mean alone. Default: `mean`.
   */
  readonly reduction?: 'mean' | 'batchMean' | undefined
  /** Whether the first number of each target is how many steps its input has. Default: false. */
  readonly inputLengths?: boolean | undefined
}

/** The config of the `ctc` loss. */
export interface CtcConfig extends CtcOptions {
  readonly type: 'ctc'
}

/**
 * Connectionist temporal classification of scores `[batch, time, classes]` (logits: no softmax
 * before), as PyTorch's `CTCLoss` after `log_softmax`.
 *
 * The target is `int32` or `uint8` `[batch, labels]`, the classes to be spelled, filled up with -1 or
 * the blank: a target ends at its first such number. With `inputLengths` it is `[batch, 1 + labels]`,
 * and its first number says how many steps of the input count; without, all do.
 *
 * A target needs a step for each label and one between two that are equal. Where there are fewer, the
 * loss is infinite and its gradient NaN, as in PyTorch; with `zeroInfinity` both are 0. A label that
 * is no class gives NaN.
 *
 * @throws `AttuneError` `SHAPE` or `DTYPE` for scores and targets that do not fit, `CONFIG` where
 *   `blank` is no class.
 * @example
 * ```ts
 * ctc({ zeroInfinity: true })
 * ```
 */
export function ctc(options: CtcOptions = {}): CtcConfig {
  return describe('ctc', options)
}

/** How `ctc` is checked and computed. */
export const ctcLoss: LossDefinition<CtcConfig, Resolved<CtcConfig>> = {
  type: 'ctc',
  schema: options({
    type: z.literal('ctc'),
    blank: wholeNumber().default(0),
    zeroInfinity: flag().default(false),
    reduction: choice(['mean', 'batchMean']).default('mean'),
    inputLengths: flag().default(false),
  }),
  apply: ({ blank, zeroInfinity, reduction, inputLengths }, output, target) => {
    check(output, target, blank, inputLengths)
    const given = target.cast('int32')
    const [batch = 0, width = 0] = given.shape
    const options = { blank, zeroInfinity, perLabel: reduction === 'mean' }
    if (!inputLengths) return { values: output.ctc(given, options) }
    const lengths = given.slice([0, 0], [batch, 1]).reshape([batch])
    return { values: output.ctc(given.slice([0, 1], [batch, width]), { ...options, lengths }) }
  },
}

function check(output: Tensor, target: Tensor, blank: number, inputLengths: boolean): void {
  const came = `scores [${output.shape.join(', ')}], target ${target.dtype} [${target.shape.join(', ')}]`
  const [batch, , classes] = output.shape
  const [rows, width = 0] = target.shape
  const fits = output.rank === 3 && target.rank === 2 && rows === batch
  if (!fits || width < (inputLengths ? 1 : 0)) {
    const labels = inputLengths ? '1 + labels' : 'labels'
    const message =
      `ctc: expected scores [batch, time, classes] and a target [batch, ${labels}], got ${came}: ` +
      'reshape one of them'
    throw new AttuneError('SHAPE', here(message))
  }
  if (target.dtype === 'float32') {
    const message = `ctc: expected a target of int32 or uint8, got ${came}: give whole numbers`
    throw new AttuneError('DTYPE', here(message))
  }
  if (blank < (classes ?? 0)) return
  const message = `loss.blank: expected one of the ${classes} classes, got ${blank}`
  throw new AttuneError('CONFIG', message)
}
