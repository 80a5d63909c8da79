// Grayscale: the brightness of coloured images, `0.299 r + 0.587 g + 0.114 b`. ITU-R BT.601.

import { z } from 'zod'

import { options } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'
import { Module } from './module.ts'

/** The config of a `grayscale` layer. */
export interface GrayscaleConfig {
  readonly type: 'grayscale'
}

/**
 * `[batch, height, width, 3] -> [batch, height, width, 1]`; images of one channel stay as they are.
 * As torchvision's `Grayscale`.
 *
 * @example
 * ```ts
 * sequential([grayscale(), conv2d({ filters: 32, kernelSize: 3 })])
 * ```
 */
export function grayscale(): GrayscaleConfig {
  return describe('grayscale', {})
}

const shares = [0.299, 0.587, 0.114]

class Grayscale extends Module {
  override forward(x: Tensor): Tensor {
    const channels = x.shape[3]
    if (x.rank !== 4 || (channels !== 1 && channels !== 3)) {
      const message = `grayscale: expected images [batch, height, width, 3 or 1], got [${x.shape.join(', ')}]`
      throw new AttuneError('SHAPE', here(message))
    }
    if (channels === 1) return x
    const [batch = 0, height = 0, width = 0] = x.shape
    const channel = (at: number): Tensor =>
      x.slice([0, 0, 0, at], [batch, height, width, at + 1]).mul(shares[at] ?? 0)
    return channel(0).add(channel(1)).add(channel(2))
  }
}

/** How `grayscale` is checked and built. */
export const grayscaleLayer: LayerDefinition<GrayscaleConfig, GrayscaleConfig> = {
  type: 'grayscale',
  schema: () => options({ type: z.literal('grayscale') }),
  build: () => new Grayscale(),
}
