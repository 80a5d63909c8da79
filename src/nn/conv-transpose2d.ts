// ConvTranspose2d: the transpose of a convolution, which makes images larger. Zeiler et al. 2010.

import { z } from 'zod'

import { oneOf, options, wholeNumber } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { here, record } from '../tensor/index.ts'
import type { Pair, Tensor } from '../tensor/index.ts'
import { describe } from './define.ts'
import type { LayerDefinition } from './define.ts'

import { kernelFields, KernelLayer } from './kernel.ts'
import type { KernelDefaults, KernelOptions } from './kernel.ts'
import { checkGroups, imageOf, padding2d, paddingSchema, pairOf, size2d } from './window.ts'
import type { Padding, Size2d } from './window.ts'

/** Options of `convTranspose2d`. */
export interface ConvTranspose2dOptions extends KernelOptions {
  /** The number of output channels, at least 1; a multiple of `groups`. */
  readonly filters: number
  /** Height and width of the kernel. */
  readonly kernelSize: Size2d
  /** The distance between the places of neighbouring pixels in the output. Default: 1. */
  readonly stride?: Size2d | undefined
  /** What is cut off around the output, as PyTorch counts it; `same` gives `size stride`. Default: `valid`. */
  readonly padding?: Padding | undefined
  /** Rows and columns added below and to the right, below `stride` or `dilation`. Default: 0. */
  readonly outputPadding?: number | Pair | undefined
  /** The distance between the kernel's elements. Default: 1. */
  readonly dilation?: Size2d | undefined
  /** Groups of channels that do not mix; the input's channels are a multiple. Default: 1. */
  readonly groups?: number | undefined
}

/** The config of a `convTranspose2d` layer. */
export interface ConvTranspose2dConfig extends ConvTranspose2dOptions {
  readonly type: 'convTranspose2d'
}

type ResolvedConvTranspose2d = ConvTranspose2dConfig &
  KernelDefaults & {
    readonly stride: Size2d
    readonly padding: Padding
    readonly dilation: Size2d
    readonly outputPadding: number | Pair
    readonly groups: number
  }

/**
 * The transpose of a convolution: `[batch, height, width, channels] -> [batch, h, w, filters]` with
 * `h = (height - 1) stride - top - bottom + dilation (kh - 1) + outputPadding + 1`, `weight`
 * `[kh, kw, filters / groups, channels]` and `bias` `[filters]`. Both begin within
 * ±1 / √(kh kw filters / groups), as PyTorch's do.
 *
 * @example
 * ```ts
 * convTranspose2d({ filters: 16, kernelSize: 4, stride: 2, padding: 1 }) // twice the size
 * ```
 */
export function convTranspose2d(options: ConvTranspose2dOptions): ConvTranspose2dConfig {
  return describe('convTranspose2d', options)
}

const outputPaddingSchema: z.ZodType<number | Pair, number | Pair> = oneOf(
  'a whole number of at least 0, or two of them [height, width]',
  [wholeNumber(), z.tuple([wholeNumber(), wholeNumber()])],
)

class ConvTranspose2d extends KernelLayer<ResolvedConvTranspose2d> {
  override forward(x: Tensor): Tensor {
    const { filters, groups } = this.config
    const [height, width, channels] = imageOf(x, 'convTranspose2d')
    checkGroups('convTranspose2d', { groups, channels, filters })
    const size = pairOf(this.config.kernelSize)
    const area = size[0] * size[1]
    const fans = { fanIn: (area * filters) / groups, fanOut: (area * channels) / groups }
    const weight = this.weight([...size, filters / groups, channels], fans)
    const [rows, columns] = this.#sides([height, width], size)
    const [y] = record(
      {
        op: 'conv2dInputGradient',
        stride: pairOf(this.config.stride),
        padding: [rows.cut, columns.cut],
        dilation: pairOf(this.config.dilation),
        groups,
        height: rows.length,
        width: columns.length,
      },
      [x, weight],
    )
    if (y === undefined) throw new AttuneError('INTERNAL', 'conv2dInputGradient has one output')
    const below = rows.zeros + columns.zeros
    const whole =
      below === 0
        ? y
        : y.pad([
            [0, 0],
            [0, rows.zeros],
            [0, columns.zeros],
            [0, 0],
          ])
    return this.finish(whole, filters, fans)
  }

  #sides(image: Pair, size: Pair): readonly [Side, Side] {
    const [stride, dilation] = [pairOf(this.config.stride), pairOf(this.config.dilation)]
    const { padding, outputPadding } = this.config
    const [tall, wide] = [image[0] * stride[0], image[1] * stride[1]]
    const cut = padding2d(padding, { image: [tall, wide], size, stride, dilation })
    const added = pairOf(outputPadding)
    const along = (axis: 0 | 1): Side => {
      const reach = (size[axis] - 1) * dilation[axis] + 1
      const full = (image[axis] - 1) * stride[axis] + reach
      const more = padding === 'same' ? Math.max(stride[axis] - reach, 0) : added[axis]
      return sideOf(full, cut[axis], more, stride[axis])
    }
    return [along(0), along(1)]
  }
}

/** How `convTranspose2d` is checked and built. */
export const convTranspose2dLayer: LayerDefinition<ConvTranspose2dConfig, ResolvedConvTranspose2d> =
  {
    type: 'convTranspose2d',
    schema: () =>
      options({
        type: z.literal('convTranspose2d'),
        filters: wholeNumber(1),
        kernelSize: size2d,
        stride: size2d.default(1),
        padding: paddingSchema.default('valid'),
        dilation: size2d.default(1),
        outputPadding: outputPaddingSchema.default(0),
        groups: wholeNumber(1).default(1),
        ...kernelFields,
      }).superRefine(({ outputPadding, stride, dilation, padding }, context) => {
        const [added, steps, gaps] = [pairOf(outputPadding), pairOf(stride), pairOf(dilation)]
        const fits = [0, 1].every((i) => (added[i] ?? 0) < Math.max(steps[i] ?? 1, gaps[i] ?? 1))
        const none = added[0] === 0 && added[1] === 0
        if (none || (fits && padding !== 'same')) return
        const message = fits
          ? 'expected none with the padding `same`, which has one of its own'
          : `expected less than the stride or the dilation, got ${JSON.stringify(outputPadding)}`
        context.addIssue({ code: 'custom', path: ['outputPadding'], message })
      }),
    build: (config) => new ConvTranspose2d(config),
  }

/** How the op is to reach the output along one axis. */
interface Side {
  /** What the op cuts off before and after. */
  readonly cut: Pair
  /** What it gives. */
  readonly length: number
  /** What no pixel reaches after that. */
  readonly zeros: number
}

/**
 * Of a full result, `before` and `after` are cut and `more` is added after: what was cut comes back
 * first, and the op itself leaves less than a stride of zeros.
 */
function sideOf(full: number, [before, after]: Pair, more: number, stride: number): Side {
  const length = full - before - after + more
  if (length < 1) {
    const message =
      `convTranspose2d: nothing is left of ${full} rows or columns without ${before} before and ` +
      `${after} after: lower the padding`
    throw new AttuneError('SHAPE', here(message))
  }
  const zeros = Math.max(more - after - (stride - 1), 0)
  return { cut: [before, Math.max(after - more, 0)], length: length - zeros, zeros }
}
