// Random rotations: each image is turned about its centre by an angle of its own.

import { z } from 'zod'

import { number, options } from '../../config/index.ts'

/** Options of `rotate`. */
export interface RotateOptions {
  /** The largest angle either way, in degrees, from 0 to 180; drawn uniformly. */
  readonly degrees: number
}

/** The config of `rotate`. */
export interface RotateConfig extends RotateOptions {
  readonly type: 'rotate'
}

/**
 * Turns images at random, with bilinear interpolation; what comes from outside is 0. As
 * torchvision's `RandomRotation`.
 *
 * @example
 * ```ts
 * rotate({ degrees: 10 })
 * ```
 */
export function rotate(given: RotateOptions): RotateConfig {
  return { type: 'rotate', ...given }
}

/** The schema of `rotate`. */
export const rotateSchema: z.ZodType<RotateConfig, RotateConfig> = options({
  type: z.literal('rotate'),
  degrees: number({ from: 0, to: 180 }),
})
