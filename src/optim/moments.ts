// The two running means of Adam and its kin: their options and fields.

import type { z } from 'zod'

import { positive, share } from './define.ts'

/** Options of the means that Adam and its kin keep. */
export interface MomentOptions {
  /** How much of the mean gradient stays each step, at least 0 and below 1. Default: 0.9. */
  readonly beta1?: number | undefined
  /** How much of the mean square stays each step, at least 0 and below 1. Default: 0.999. */
  readonly beta2?: number | undefined
  /** Added to the root of the mean square, above 0. Default: 1e-8. */
  readonly epsilon?: number | undefined
}

/** The fields of `MomentOptions`. */
export const momentFields: {
  readonly beta1: z.ZodDefault<z.ZodNumber>
  readonly beta2: z.ZodDefault<z.ZodNumber>
  readonly epsilon: z.ZodDefault<z.ZodNumber>
} = {
  beta1: share.default(0.9),
  beta2: share.default(0.999),
  epsilon: positive.default(1e-8),
}
