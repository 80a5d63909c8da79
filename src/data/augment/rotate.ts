// Random rotations: each image is turned about its centre by an angle of its own.

import { z } from 'zod'

import { options } from '../../config/index.ts'
import { eitherWay, places } from './ranges.ts'
import type { Pair, Places } from './ranges.ts'

/** Options of `rotate`. */
export interface RotateOptions extends Places {
  /**
   * The largest angle either way, in degrees, from 0 to 180, or `[least, most]`, counter-clockwise;
   * drawn uniformly.
   */
  readonly degrees: number | Pair
}

/** The config of `rotate`. */
export interface RotateConfig extends RotateOptions {
  readonly type: 'rotate'
}

/**
 * Turns images at random, as torchvision's `RandomRotation`. Default of `interpolation`: `bilinear`.
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
export const rotateSchema: z.ZodType = options({
  type: z.literal('rotate'),
  degrees: eitherWay(180),
  ...places('bilinear'),
})
