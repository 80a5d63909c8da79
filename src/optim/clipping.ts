// Clipping of gradients: by their norm together or alone, by value, by unit (AGC), or where a norm is
// unusual (ZClip).

import type { z } from 'zod'

import { number, options, wholeNumber } from '../config/index.ts'

/** Options of `adaptiveClip`. */
export interface AdaptiveClip {
  /** The norm of a gradient by that of its weight, above 0. Default: 0.01. */
  readonly factor?: number | undefined
  /** The least norm that a weight counts with, above 0. Default: 0.001. */
  readonly epsilon?: number | undefined
}

/** Options of `zClip`. */
export interface ZClip {
  /** The share of the running mean and variance that stays, at least 0 and below 1. Default: 0.97. */
  readonly alpha?: number | undefined
  /** Deviations above the mean that are still usual, above 0. Default: 2.5. */
  readonly threshold?: number | undefined
  /** Steps whose norms make the first mean and variance, at least 1. Default: 25. */
  readonly warmup?: number | undefined
  /** The largest norm at any time, above 0, or `null` for none. Default: 1. */
  readonly maxNorm?: number | null | undefined
}

/**
 * At most one of these. A step whose gradient holds NaN or Infinity is not applied, whatever the
 * clipping; a gradient of zeros is left as it is. `gradientNorm` in events is the norm before.
 */
export interface Clipping {
  /**
   * The gradients are scaled down so that the norm of all of them together is at most this, above
   * 0, as by PyTorch's `clip_grad_norm_`. Default: no clipping.
   */
  readonly clipNorm?: number | undefined
  /** Each element is brought between minus this and this, above 0. Default: no clipping. */
  readonly clipValue?: number | undefined
  /** As `clipNorm`, for each parameter by itself. Default: no clipping. */
  readonly clipNormPerParameter?: number | undefined
  /**
   * Where the gradient of a unit is longer than `factor` times its weight, it is scaled down to
   * that. A unit is one output (the last axis) of a matrix or kernel, or a whole vector. AGC, Brock
   * et al. 2021, arXiv:2102.06171. `{}` takes the defaults. Default: no clipping.
   */
  readonly adaptiveClip?: AdaptiveClip | undefined
  /**
   * A norm of all gradients far above its running mean μ is scaled down to `μ + k σ / (z / k)`,
   * where `z` is how many deviations σ it is above and `k` the threshold. Kumar et al. 2025,
   * arXiv:2504.02507. `{}` takes the defaults. Default: no clipping.
   */
  readonly zClip?: ZClip | undefined
}

const kinds = ['clipNorm', 'clipValue', 'clipNormPerParameter', 'adaptiveClip', 'zClip'] as const

/** The fields of `Clipping`. */
export const clippingFields: z.ZodRawShape = {
  clipNorm: number({ above: 0 }).optional(),
  clipValue: number({ above: 0 }).optional(),
  clipNormPerParameter: number({ above: 0 }).optional(),
  adaptiveClip: options({
    factor: number({ above: 0 }).default(0.01),
    epsilon: number({ above: 0 }).default(1e-3),
  }).optional(),
  zClip: options({
    alpha: number({ from: 0, below: 1 }).default(0.97),
    threshold: number({ above: 0 }).default(2.5),
    warmup: wholeNumber(1).default(25),
    maxNorm: number({ above: 0 }).nullable().default(1),
  }).optional(),
}

function given(config: Readonly<Record<string, unknown>>): (typeof kinds)[number][] {
  return kinds.filter((kind) => config[kind] !== undefined)
}

/** At most one kind of clipping. */
export const oneClipping = {
  path: 'clipNorm',
  message: `expected one kind of clipping, got several: keep one of ${kinds.join(', ')}`,
  broken: (config: Readonly<Record<string, unknown>>): boolean => given(config).length > 1,
}

/** A clipping as the native program reads it. */
export interface Clip {
  readonly type: (typeof kinds)[number]
  readonly [option: string]: string | number | null
}

/**
 * The clipping of a checked config; `null` without.
 *
 * @example
 * ```ts
 * clipOf({ clipNorm: 1 }) // { type: 'clipNorm', max: 1 }
 * ```
 */
export function clipOf(config: Clipping): Clip | null {
  const [type] = given({ ...config })
  if (type === undefined) return null
  const value = config[type]
  return typeof value === 'number' ? { type, max: value } : ({ type, ...value } as Clip)
}

/**
 * A config without its clipping.
 *
 * @example
 * ```ts
 * withoutClipping({ momentum: 0, clipNorm: 1 }) // { momentum: 0 }
 * ```
 */
export function withoutClipping<Config extends object>(
  config: Config,
): Omit<Config, keyof Clipping> {
  const kept = Object.entries(config).filter(([key]) => !kinds.some((kind) => kind === key))
  return Object.fromEntries(kept) as Omit<Config, keyof Clipping>
}
