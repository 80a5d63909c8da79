// Random changes of training texts, token by token.

import { z } from 'zod'

import { number, options, show, text, union } from '../../config/index.ts'

/** Options of a change of tokens. */
export interface TokenChangeOptions {
  /** How likely a token is changed, above 0 and below 1. Default: 0.1. */
  readonly rate?: number | undefined
}

/** Options of `maskTokens`. */
export interface MaskTokensOptions {
  /** How likely a token is masked, above 0 and below 1. Default: 0.15. */
  readonly rate?: number | undefined
  /** What stands in its place, a token of the tokenizer. Default: `[MASK]` or else `[UNK]`. */
  readonly token?: string | undefined
}

/** The config of `dropTokens`. */
export interface DropTokensConfig extends TokenChangeOptions {
  readonly type: 'dropTokens'
}

/** The config of `swapTokens`. */
export interface SwapTokensConfig extends TokenChangeOptions {
  readonly type: 'swapTokens'
}

/** The config of `maskTokens`. */
export interface MaskTokensConfig extends MaskTokensOptions {
  readonly type: 'maskTokens'
}

/** Every change of texts by its type. */
export interface TextChangeConfigs {
  dropTokens: DropTokensConfig
  swapTokens: SwapTokensConfig
  maskTokens: MaskTokensConfig
}

/** The config of any change of texts. */
export type TextChangeConfig = TextChangeConfigs[keyof TextChangeConfigs]

/**
 * Leaves tokens out, all but one at most. Wei and Zou 2019, arXiv:1901.11196.
 *
 * @example
 * ```ts
 * dropTokens({ rate: 0.1 })
 * ```
 */
export function dropTokens(given: TokenChangeOptions = {}): DropTokensConfig {
  return { type: 'dropTokens', ...given }
}

/**
 * Swaps tokens with the one before them.
 *
 * @example
 * ```ts
 * swapTokens({ rate: 0.05 })
 * ```
 */
export function swapTokens(given: TokenChangeOptions = {}): SwapTokensConfig {
  return { type: 'swapTokens', ...given }
}

/**
 * Puts another token in the place of some, as BERT's pretraining does.
 *
 * @example
 * ```ts
 * maskTokens({ rate: 0.15, token: '[MASK]' })
 * ```
 */
export function maskTokens(given: MaskTokensOptions = {}): MaskTokensConfig {
  return { type: 'maskTokens', ...given }
}

const rate = (standard: number): z.ZodType => number({ above: 0, below: 1 }).default(standard)

/** The schema of the changes of texts, in the order in which they are made. */
export const textChangesSchema: z.ZodType<
  readonly TextChangeConfig[],
  readonly TextChangeConfig[]
> = z.array(
  union<TextChangeConfig>('change', {
    dropTokens: options({ type: z.literal('dropTokens'), rate: rate(0.1) }),
    swapTokens: options({ type: z.literal('swapTokens'), rate: rate(0.1) }),
    maskTokens: options({
      type: z.literal('maskTokens'),
      rate: rate(0.15),
      token: text('a token').optional(),
    }),
  }),
  { error: ({ input }) => `expected an array of changes of texts, got ${show(input)}` },
)
