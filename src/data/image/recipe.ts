// From an image file to a row of `x`, as the native side reads it.

import type { ResolvedImageFolder } from './image-folder.ts'
import type { ImageLimits } from './limits.ts'

/** What is done with every file, with every value given. */
export interface ImageRecipe {
  readonly height: number
  readonly width: number
  readonly channels: 1 | 3 | 4
  readonly fit: 'stretch' | 'crop' | 'pad'
  readonly resize: number | null
  readonly fill: number
  readonly interpolation: 'nearest' | 'bilinear' | 'bicubic' | 'area' | 'lanczos'
  readonly antialias: boolean
  readonly orient: boolean
  readonly limits: Required<ImageLimits>
}

/**
 * The recipe of a folder.
 *
 * @example
 * ```ts
 * recipeOf({ ...config, size: 32 }) // { height: 32, width: 32, ... }
 * ```
 */
export function recipeOf(config: ResolvedImageFolder): ImageRecipe {
  const { size, channels, fit, resize = null, fill, limits } = config
  const { interpolation, antialias, orient } = config
  const [height, width] = typeof size === 'number' ? [size, size] : size
  return { height, width, channels, fit, resize, fill, interpolation, antialias, orient, limits }
}
