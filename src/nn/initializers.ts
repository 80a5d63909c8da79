// First values of weights, as configs and as the bounds that the native generator draws within.

import { z } from 'zod'

import { named, number, options, show } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import { elements, here } from '../tensor/index.ts'

const plain = [
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
export type NamedInitializer = (typeof plain)[number]

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
 * | `orthogonal` | orthonormal columns, or rows where those are fewer, times `gain` (default 1), of the weight as a matrix `[all axes but the last, last axis]`; Saxe et al. 2013, arXiv:1312.6120 |
 * | `fanInUniform` | ±1 / √fanIn, what PyTorch begins with |
 * | `glorotUniform` | ±√(6 / (fanIn + fanOut)); Glorot and Bengio 2010 |
 * | `glorotNormal` | standard deviation √(2 / (fanIn + fanOut)) |
 * | `heUniform` | ±√(6 / fanIn); He et al. 2015, arXiv:1502.01852 |
 * | `heNormal` | standard deviation √(2 / fanIn) |
 * | `lecunUniform` | ±√(3 / fanIn); LeCun et al. 1998 |
 * | `lecunNormal` | standard deviation √(1 / fanIn), none beyond 2.27 of them, as in Keras |
 *
 * A name alone stands for `{ type: name }`; all but `constant` may stand alone.
 */
export type Initializer =
  | NamedInitializer
  | 'uniform'
  | 'normal'
  | 'truncatedNormal'
  | 'orthogonal'
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
  | { readonly type: 'orthogonal'; readonly gain?: number | undefined }

/** An initializer whose fans are worked out, as the session reads it. */
export type NativeInitializer =
  | { readonly type: 'constant'; readonly value: number }
  | { readonly type: 'uniform'; readonly low: number; readonly high: number }
  | {
      readonly type: 'normal' | 'truncatedNormal'
      readonly mean: number
      readonly deviation: number
    }
  | { readonly type: 'orthogonal'; readonly gain: number }

/** The standard deviation of a normal number with deviation 1 that is within two of them. */
const truncatedShare = 0.87962566103423978

/** How many inputs one unit sums, and how many units one input feeds. */
export interface Fans {
  readonly fanIn: number
  readonly fanOut: number
}

const drawn = { mean: number().default(0), deviation: number({ from: 0 }).default(0.05) }

/** The schema of an initializer. */
export const initializerSchema: z.ZodType<Initializer, Initializer> = named('initializer', {
  ...Object.fromEntries(plain.map((type) => [type, options({ type: z.literal(type) })])),
  constant: options({ type: z.literal('constant'), value: number() }),
  uniform: options({
    type: z.literal('uniform'),
    low: number().default(-0.05),
    high: number().default(0.05),
  }).refine(({ low, high }) => low <= high, {
    path: ['low'],
    error: ({ input }) => `expected at most \`high\`, got ${show(input)}`,
  }),
  normal: options({ type: z.literal('normal'), ...drawn }),
  truncatedNormal: options({ type: z.literal('truncatedNormal'), ...drawn }),
  orthogonal: options({ type: z.literal('orthogonal'), gain: number().default(1) }),
})

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
  const config: Exclude<Initializer, string> =
    typeof initializer === 'string' ? { type: initializer } : initializer
  const { fanIn, fanOut } = fans
  switch (config.type) {
    case 'zeros':
      return { type: 'constant', value: 0 }
    case 'ones':
      return { type: 'constant', value: 1 }
    case 'constant':
      return config
    case 'uniform': {
      const { low = -0.05, high = 0.05 } = config
      return { type: 'uniform', low, high }
    }
    case 'normal':
    case 'truncatedNormal': {
      const { type, mean = 0, deviation = 0.05 } = config
      return { type, mean, deviation }
    }
    case 'orthogonal':
      return orthogonal(config.gain ?? 1, shape)
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

function orthogonal(gain: number, shape: readonly number[]): NativeInitializer {
  if (shape.length >= 2) return { type: 'orthogonal', gain }
  const message =
    `orthogonal: expected a weight of at least two axes, got one of [${shape.join(', ')}]: ` +
    'choose another initializer for it'
  throw new AttuneError('CONFIG', here(message))
}

function within(bound: number): NativeInitializer {
  return { type: 'uniform', low: -bound, high: bound }
}

function normal(deviation: number): NativeInitializer {
  return { type: 'normal', mean: 0, deviation }
}
