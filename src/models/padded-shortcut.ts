// PaddedShortcut: every other pixel of an image, with zero channels around its own. He et al. 2015, option A.

import { z } from 'zod'

import { options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { avgPool2d, layer, Module, registerModule } from '../nn/index.ts'
import type { LayerConfig } from '../nn/index.ts'
import { here } from '../tensor/index.ts'
import type { Tensor } from '../tensor/index.ts'

/** Options of `paddedShortcut`. */
export interface PaddedShortcutOptions {
  /** Channels of the output, at least those of the input. */
  readonly filters: number
  /** Which rows and columns stay: every `stride`-th, from the first on. Default: 2. */
  readonly stride?: number | undefined
}

type ResolvedPaddedShortcut = PaddedShortcutOptions & { readonly stride: number }

class PaddedShortcut extends Module {
  readonly filters: number
  subsample: Module

  constructor({ filters, stride }: ResolvedPaddedShortcut) {
    super()
    this.filters = filters
    this.subsample = layer(avgPool2d({ poolSize: 1, stride }))
  }

  forward(x: Tensor): Tensor {
    const channels = x.shape.at(-1) ?? 0
    const more = this.filters - channels
    if (more < 0) {
      const message = `expected at most ${this.filters} channels, got ${channels}: raise filters`
      throw new AttuneError('SHAPE', here(message))
    }
    const before = Math.floor(more / 2)
    const kept = this.subsample.forward(x)
    return kept.pad([
      [0, 0],
      [0, 0],
      [0, 0],
      [before, more - before],
    ])
  }
}

const described = registerModule<ResolvedPaddedShortcut, PaddedShortcutOptions>(
  'paddedShortcut',
  PaddedShortcut,
  options({
    type: z.literal('paddedShortcut'),
    filters: wholeNumber(1),
    stride: wholeNumber(1).default(2),
  }),
)

/**
 * The shortcut of a residual block that has no weights:
 * `[batch, height, width, channels] -> [batch, ⌈height / stride⌉, ⌈width / stride⌉, filters]`.
 *
 * @throws `AttuneError` `SHAPE` where the input has more channels than `filters`.
 * @example
 * ```ts
 * residual({ layer: convolutions, projection: paddedShortcut({ filters: 32 }) })
 * ```
 */
export function paddedShortcut(options: PaddedShortcutOptions): LayerConfig {
  return described(options)
}
