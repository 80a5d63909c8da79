// Tiny Shakespeare, which ships inside the package, as windows for language models.

import { z } from 'zod'

import { options } from '../../config/index.ts'
import { guard } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { DataDefinition } from '../define.ts'
import { windowFields, windowsOf } from './text-windows.ts'
import type { ResolvedWindows, WindowOptions } from './text-windows.ts'
import { characters, tokenizerSchema } from './tokenizers.ts'
import type { TokenizerConfig } from './tokenizers.ts'

/** Options of `datasets.tinyShakespeare`. */
export interface TinyShakespeareOptions extends Omit<WindowOptions, 'length'> {
  /** Tokens of a window, at least 1. Default: 64. */
  readonly length?: number | undefined
  /** Default: the 65 characters that there are. */
  readonly tokenizer?: TokenizerConfig | undefined
}

/** The config of `datasets.tinyShakespeare`. */
export interface TinyShakespeareConfig extends TinyShakespeareOptions {
  readonly type: 'tinyShakespeare'
}

/**
 * 1,115,394 characters of Shakespeare's plays as windows: `x` int32 `[length]`, ids of tokens, and
 * `y` the ids one token later. The last tenth is for validation, as in nanoGPT. They come with the
 * package; the text is in the public domain, put together by A. Karpathy for char-rnn.
 *
 * @example
 * ```ts
 * datasets.tinyShakespeare({ length: 256, stride: 64 })
 * datasets.tinyShakespeare({ tokenizer: bytePairs({ vocabularySize: 1024 }) })
 * ```
 */
export function tinyShakespeare(given: TinyShakespeareOptions = {}): TinyShakespeareConfig {
  return { type: 'tinyShakespeare', ...given }
}

/** How `tinyShakespeare` is checked and loaded. */
export const tinyShakespeareData: DataDefinition<
  TinyShakespeareConfig,
  ResolvedWindows & { readonly type: 'tinyShakespeare' }
> = {
  type: 'tinyShakespeare',
  schema: options({
    type: z.literal('tinyShakespeare'),
    tokenizer: tokenizerSchema.prefault(characters({ specialTokens: [], unknownToken: null })),
    ...windowFields,
    length: windowFields.length.default(64),
  }) as never,
  load: async (config, _, where) => {
    const texts = guard(() => native().Texts.tinyShakespeare(), where)
    return windowsOf(texts, undefined, config, where)
  },
}
