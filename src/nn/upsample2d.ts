// Upsample2d: images made larger by a whole number.

import { z } from 'zod'

import { choice, options } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition, Resolved } from './define.ts'
import { Module } from './module.ts'
import { imageOf, pairOf, size2d } from './window.ts'
import type { Size2d } from './window.ts'

/** Options of `upsample2d`. */
export interface Upsample2dOptions {
  /** How many times as high and wide the image becomes, whole numbers of at least 1. Default: 2. */
  readonly scale?: Size2d | undefined
  /** `nearest` repeats pixels, `bilinear` draws lines between their centres. Default: `nearest`. */
  readonly mode?: 'nearest' | 'bilinear' | undefined
}

/** The config of an `upsample2d` layer. */
export interface Upsample2dConfig extends Upsample2dOptions {
  readonly type: 'upsample2d'
}

/**
 * Larger images: `[batch, height, width, channels] -> [batch, height sh, width sw, channels]`.
 * `bilinear` is PyTorch's with `align_corners=False`: centres of pixels are mapped, and the edge goes
 * on beyond the outermost.
 *
 * @example
 * ```ts
 * upsample2d({ scale: 2, mode: 'bilinear' })
 * ```
 */
export function upsample2d(options: Upsample2dOptions = {}): Upsample2dConfig {
  return describe('upsample2d', options)
}

class Upsample2d extends Module {
  readonly config: Resolved<Upsample2dConfig>

  constructor(config: Resolved<Upsample2dConfig>) {
    super()
    this.config = config
  }

  override forward(x: Tensor): Tensor {
    imageOf(x, 'upsample2d')
    const [rows, columns] = pairOf(this.config.scale)
    const enlarge = this.config.mode === 'nearest' ? repeat : interpolate
    return enlarge(enlarge(x, 1, rows), 2, columns)
  }
}

/** How `upsample2d` is checked and built. */
export const upsample2dLayer: LayerDefinition<Upsample2dConfig, Resolved<Upsample2dConfig>> = {
  type: 'upsample2d',
  schema: () =>
    options({
      type: z.literal('upsample2d'),
      scale: size2d.default(2),
      mode: choice(['nearest', 'bilinear']).default('nearest'),
    }),
  build: (config) => new Upsample2d(config),
}

/** Each place of an axis `times` times in a row. */
function repeat(x: Tensor, axis: number, times: number): Tensor {
  const [before, after] = [x.shape.slice(0, axis + 1), x.shape.slice(axis + 1)]
  const apart = x.reshape([...before, 1, ...after])
  return join(apart.broadcastTo([...before, times, ...after]), axis)
}

/** `times` places for each, between its centre and the centres of its neighbours. */
function interpolate(x: Tensor, axis: number, times: number): Tensor {
  if (times === 1) return x
  const [before, after] = [x.shape.slice(0, axis + 1), x.shape.slice(axis + 1)]
  const phases = Array.from({ length: times }, (_, phase) => {
    const offset = (phase + 0.5) / times - 0.5
    const share = Math.abs(offset)
    const neighbour = share === 0 ? x : shifted(x, axis, Math.sign(offset))
    return x
      .mul(1 - share)
      .add(neighbour.mul(share))
      .reshape([...before, 1, ...after])
  })
  const [first, ...others] = phases
  return join((first ?? x).concat(others, axis + 1), axis)
}

/** The neighbour of each place: the one before (-1) or after (1); the edge is its own. */
function shifted(x: Tensor, axis: number, by: number): Tensor {
  const size = x.shape[axis] ?? 0
  const cut = (from: number, to: number): Tensor =>
    x.slice(
      x.shape.map((_, i) => (i === axis ? from : 0)),
      x.shape.map((end, i) => (i === axis ? to : end)),
    )
  return by < 0
    ? cut(0, 1).concat([cut(0, size - 1)], axis)
    : cut(1, size).concat([cut(size - 1, size)], axis)
}

/** An axis and the one after it as one. */
function join(x: Tensor, axis: number): Tensor {
  const [size = 1, inner = 1] = x.shape.slice(axis, axis + 2)
  return x.reshape([...x.shape.slice(0, axis), size * inner, ...x.shape.slice(axis + 2)])
}
