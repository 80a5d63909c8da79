// First values of weights, as configs and as the bounds that the native generator draws within.

import { z } from 'zod'

import { choice, number, oneOf, options } from '../config/index.ts'
import { elements } from '../tensor/index.ts'

const named = [
  'zeros',
  'ones',
  'fanInUniform',
  'glorotUniform',
  'glorotNormal',
  'heUniform',
  'heNormal',
  'lecunUniform',
  'lecunNormal',
] as const

/** An initializer without options. */
export type NamedInitializer = (typeof named)[number]

/**
 * How a weight begins, by the numbers of inputs `fanIn` and outputs `fanOut` of one unit.
 *
 * | type | values |
 * | --- | --- |
 * | `zeros`, `ones` | 0, 1 |
 * | `constant` | `value` |
 * | `uniform` | between `low` (default -0.05) and `high` (default 0.05) |
 * | `normal` | `mean` (default 0), `deviation` (default 0.05) |
 * | `truncatedNormal` | like `normal`, drawn again beyond two deviations, as in Keras |
 * | `fanInUniform` | ±1 / √fanIn, what PyTorch begins with |
 * | `glorotUniform` | ±√(6 / (fanIn + fanOut)); Glorot and Bengio 2010 |
 * | `glorotNormal` | standard deviation √(2 / (fanIn + fanOut)) |
 * | `heUniform` | ±√(6 / fanIn); He et al. 2015, arXiv:1502.01852 |
 * | `heNormal` | standard deviation √(2 / fanIn) |
 * | `lecunUniform` | ±√(3 / fanIn); LeCun et al. 1998 |
 * | `lecunNormal` | standard deviation √(1 / fanIn), none beyond 2.27 of them, as in Keras |
 *
 * A name alone stands for `{ type: name }`.
 */
export type Initializer =
  | NamedInitializer
  | { readonly type: NamedInitializer }
  | { readonly type: 'constant'; readonly value: number }
  | {
      readonly type: 'uniform'
      readonly low?: number | undefined
      readonly high?: number | undefined
    }
  | {
      readonly type: 'normal' | 'truncatedNormal'
      readonly mean?: number | undefined
      readonly deviation?: number | undefined
    }

/** An initializer whose fans are worked out, as the session reads it. */
export type NativeInitializer =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'uniform'; readonly low: number; readonly high: number }
  | {
      readonly type: 'normal' | 'truncatedNormal'
      readonly mean: number
      readonly deviation: number
    }

/** The standard deviation of a normal number with deviation 1 that is within two of them. */
const truncatedShare = 0.87962566103423978

/** How many inputs one unit sums, and how many units one input feeds. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

/** The schema of an initializer. */
export const initializerSchema: z.ZodType<Initializer, Initializer> = oneOf(
  `an initializer: ${named.join(', ')}, { type: 'constant', value }, ` +
    `{ type: 'uniform', low, high } or { type: 'normal' | 'truncatedNormal', mean, deviation }`,
  [
    choice(named),
    options({ type: choice(named) }),
    options({ type: z.literal('constant'), value: number() }),
    options({ type: z.literal('uniform'), low: number().optional(), high: number().optional() }),
    options({
      type: choice(['normal', 'truncatedNormal']),
      mean: number().optional(),
      deviation: number({ from: 0 }).optional(),
    }),
  ],
)

/**
 * The initializer with its bounds worked out for a weight of `shape`.
 *
 * @param fans default: those of a shape `[..., in, out]`, with the axes before as a window.
 * @example
 * ```ts
 * resolveInitializer('fanInUniform', [100, 10]) // { type: 'uniform', low: -0.1, high: 0.1 }
 * ```
 */
export function resolveInitializer(
  initializer: Initializer,
  shape: readonly number[],
  fans: Fans = fansOf(shape),
): NativeInitializer {
  const config = typeof initializer === 'string' ? { type: initializer } : initializer
  const { fanIn, fanOut } = fans
  switch (config.type) {
    case 'zeros':
      return { type: 'constant', value: 0 }
    case 'ones':
      return { type: 'constant', value: 1 }
    case 'constant':
      return config
    case 'uniform':
      return { type: 'uniform', low: config.low ?? -0.05, high: config.high ?? 0.05 }
    case 'normal':
    case 'truncatedNormal': {
      const { type, mean = 0, deviation = 0.05 } = config
      return { type, mean, deviation }
    }
    case 'fanInUniform':
      return within(1 / Math.sqrt(Math.max(fanIn, 1)))
    case 'glorotUniform':
      return within(Math.sqrt(6 / Math.max(fanIn + fanOut, 1)))
    case 'glorotNormal':
      return normal(Math.sqrt(2 / Math.max(fanIn + fanOut, 1)))
    case 'heUniform':
      return within(Math.sqrt(6 / Math.max(fanIn, 1)))
    case 'heNormal':
      return normal(Math.sqrt(2 / Math.max(fanIn, 1)))
    case 'lecunUniform':
      return within(Math.sqrt(3 / Math.max(fanIn, 1)))
    case 'lecunNormal':
      return {
        type: 'truncatedNormal',
        mean: 0,
        deviation: Math.sqrt(1 / Math.max(fanIn, 1)) / truncatedShare,
      }
  }
}

function fansOf(shape: readonly number[]): Fans {
  const window = elements(shape.slice(0, -2))
  const out = shape.at(-1) ?? 1
  return { fanIn: window * (shape.at(-2) ?? out), fanOut: window * out }
}

function within(bound: number): NativeInitializer {
  return { type: 'uniform', low: -bound, high: bound }
}

function normal(deviation: number): NativeInitializer {
  return { type: 'normal', mean: 0, deviation }
}
