// A language model of LSTM layers: each token's vector, the states, scores of the next. Zaremba et al. 2014, arXiv:1409.2329.

import { dense, dropout, embedding, lstm, sequential } from '../nn/index.ts'
import type { SequentialConfig } from '../nn/index.ts'

/** Options of `lstmLanguageModel`. */
export interface LstmLanguageModelOptions {
  /** How many tokens there are. */
  readonly vocabularySize: number
  /** Channels of a token and of a state. Default: 256. */
  readonly units?: number | undefined
  /** How many LSTM layers lie on each other. Default: 2. */
  readonly layers?: number | undefined
  /** The rate of every dropout: before, between and behind the layers. Default: 0. */
  readonly dropout?: number | undefined
}

/**
 * Ids of tokens `[batch, time]` to scores of the next one `[batch, time, vocabularySize]`, of any
 * length. Every sequence begins with a state of zeros.
 *
 * @example
 * ```ts
 * const model = lstmLanguageModel({ vocabularySize: 65, dropout: 0.2 })
 * ```
 */
export function lstmLanguageModel(options: LstmLanguageModelOptions): SequentialConfig {
  const { vocabularySize, units = 256, layers = 2, dropout: rate = 0 } = options
  return sequential([
    embedding({ vocabularySize, units }), // (b, t) -> (b, t, units)
    dropout({ rate }),
    lstm({ units, layers, dropout: rate }),
    dropout({ rate }),
    dense({ units: vocabularySize }), // (b, t, vocabulary)
  ])
}
