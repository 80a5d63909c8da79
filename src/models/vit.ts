// ViT: a transformer over the patches of an image. Dosovitskiy et al. 2020, arXiv:2010.11929.
//
//     x = [class, patches(image)] + positions
//     x = x + attention(norm1(x));  x = x + mlp(norm2(x))     for each block
//     scores = norm(x)[class] W + b

import { z } from 'zod'

import { choice, number, options, wholeNumber } from '../config/index.ts'
import {
  conv2d,
  dense,
  dropout,
  layer,
  layerNorm,
  Module,
  Parameter,
  positionEmbedding,
  registerModule,
  sequential,
  transformerEncoderBlock,
} from '../nn/index.ts'
import type { Layer, LayerConfig } from '../nn/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { headsDivideWidth, headsProblem } from './heads.ts'

/** Options of `vit`. */
export interface VitOptions {
  /** Default: 10. */
  readonly classes?: number | undefined
  /** Height and width of a patch. Default: 4. */
  readonly patchSize?: number | undefined
  /** How many blocks there are. Default: 6. */
  readonly layers?: number | undefined
  /** Attentions side by side in a block, a divisor of `width`. Default: 4. */
  readonly heads?: number | undefined
  /** Channels of a patch. Default: 128. */
  readonly width?: number | undefined
  /** Channels inside the feed-forward part. Default: `4 * width`. */
  readonly hiddenUnits?: number | undefined
  /** The rate of every dropout, from 0 and below 1. Default: 0. */
  readonly dropout?: number | undefined
  /** What is scored: a learned place in front of the patches, or their mean. Default: `class`. */
  readonly pooling?: 'class' | 'mean' | undefined
}

type ResolvedVit = Omit<
  { readonly [Key in keyof VitOptions]-?: Exclude<VitOptions[Key], undefined> },
  'hiddenUnits'
> &
  Pick<VitOptions, 'hiddenUnits'>

class Vit extends Module {
  patches: Layer
  class: Parameter | undefined
  positions: Layer
  drop: Layer
  blocks: Layer
  norm: Layer
  head: Layer

  constructor(config: ResolvedVit) {
    super()
    const { classes, patchSize, layers, heads, width, dropout: rate, pooling } = config
    const { hiddenUnits = 4 * width } = config
    const block = { heads, hiddenUnits, dropout: rate, activation: 'gelu', norm: 'pre' } as const
    this.patches = layer(conv2d({ filters: width, kernelSize: patchSize, stride: patchSize }))
    this.class = pooling === 'class' ? new Parameter([1, 1, width], 'zeros') : undefined
    this.positions = layer(positionEmbedding())
    this.drop = layer(dropout({ rate }))
    this.blocks = layer(
      sequential(Array.from({ length: layers }, () => transformerEncoderBlock(block))),
    )
    this.norm = layer(layerNorm())
    this.head = layer(dense({ units: classes }))
  }

  forward(images: Tensor): Tensor {
    const grid = this.patches(images) // (b, rows, columns, c)
    const [batch = 0, rows = 0, columns = 0, width = 0] = grid.shape
    const patches = grid.reshape([batch, rows * columns, width]) // (b, t, c)
    const first = this.class?.toTensor().broadcastTo([batch, 1, width])
    const x = this.drop(this.positions(first?.concat([patches], 1) ?? patches))
    const y = this.norm(this.blocks(x))
    const scored = first ? y.slice([0, 0, 0], [batch, 1, width]) : y.mean({ axes: 1 }) // (b, c)
    return this.head(scored.reshape([batch, width]))
  }
}

const described = registerModule<ResolvedVit, VitOptions>(
  'vit',
  Vit,
  options({
    type: z.literal('vit'),
    classes: wholeNumber(1).default(10),
    patchSize: wholeNumber(1).default(4),
    layers: wholeNumber(1).default(6),
    heads: wholeNumber(1).default(4),
    width: wholeNumber(1).default(128),
    hiddenUnits: wholeNumber(1).optional(),
    dropout: number({ from: 0, below: 1 }).default(0),
    pooling: choice(['class', 'mean']).default('class'),
  }).refine(headsDivideWidth, headsProblem),
)

/**
 * A small vision transformer: `[batch, height, width, channels] -> [batch, classes]`. An image of
 * 28 × 28 has 49 patches, one of 32 × 32 has 64; rows and columns that fill no patch are left out.
 *
 * @throws `AttuneError` `CONFIG` where `heads` does not divide `width`.
 * @example
 * ```ts
 * const model = vit({ patchSize: 7, layers: 4, width: 64, pooling: 'mean' })
 * ```
 */
export function vit(options: VitOptions = {}): LayerConfig {
  return described(options)
}
