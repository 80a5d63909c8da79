// What all data of labelled texts share: how texts become rows of ids, and which part they are in.

import type { z } from 'zod'

import { choice, flag, text, wholeNumber } from '../../config/index.ts'
import { onBadSample } from '../on-bad-sample.ts'
import type { OnBadSample } from '../on-bad-sample.ts'
import { validationFrom, validationSize } from '../split.ts'
import type { ValidationFrom, ValidationSize } from '../split.ts'
import { textChangesSchema } from './changes.ts'
import type { TextChangeConfig } from './changes.ts'
import { textLimits } from './limits.ts'
import type { TextLimits } from './limits.ts'
import { tokenizerSchema, words } from './tokenizers.ts'
import type { TokenizerConfig } from './tokenizers.ts'

/** Options of all data of labelled texts. */
export interface SequenceOptions {
  /** Made of the training texts, or read from a file. Default: `words()`. */
  readonly tokenizer?: TokenizerConfig | undefined
  /** Tokens of a row. Default: those of the longest training text, at most 512. */
  readonly length?: number | undefined
  /**
   * Puts training texts of about the same length into the same step, whose rows are then as long as the
   * longest, in a multiple of so many tokens: steps of short texts cost less. The model must take any
   * length. In each 50 steps the longest come first, as in Hugging Face's `LengthGroupedSampler`.
   * Default: all rows have the same length.
   */
  readonly bucketBy?: number | undefined
  /** The end at which longer texts are cut; `none` makes them errors. Default: `right`. */
  readonly truncate?: 'left' | 'right' | 'none' | undefined
  /** The end at which shorter texts are filled. Default: `right`. */
  readonly pad?: 'left' | 'right' | undefined
  /**
   * What fills them. Default: the first of `[PAD]`, `<pad>`, `<|padding|>`, `<|endoftext|>` and
   * `</s>` that the tokenizer has.
   */
  readonly paddingToken?: string | undefined
  /** Whether the tokenizer's own tokens, such as `[CLS]` and `[SEP]`, are put around. Default: true. */
  readonly addSpecialTokens?: boolean | undefined
  /** A fraction below 1 or a number of the training texts, or a fold of them. Default: 0.1. */
  readonly validation?: ValidationSize | undefined
  /** Default: `random`, drawn by the run's seed. */
  readonly validationFrom?: ValidationFrom | undefined
  /** The name of an encoding, such as `windows-1252`. Default: told by the file, else UTF-8. */
  readonly encoding?: string | undefined
  /** What a text that cannot be used does: `skip` leaves it out and says so. Default: `error`. */
  readonly onBadSample?: OnBadSample | undefined
  /** What a file may at most be. */
  readonly limits?: TextLimits | undefined
  /** Random changes of the training texts, anew in every epoch. Default: none. */
  readonly augment?: readonly TextChangeConfig[] | undefined
}

/** What is filled in of `SequenceOptions`. */
export interface ResolvedSequences {
  readonly tokenizer: TokenizerConfig
  readonly length?: number | undefined
  readonly bucketBy?: number | undefined
  readonly truncate: 'left' | 'right' | 'none'
  readonly pad: 'left' | 'right'
  readonly paddingToken?: string | undefined
  readonly addSpecialTokens: boolean
  readonly validation: ValidationSize
  readonly validationFrom: ValidationFrom
  readonly encoding?: string | undefined
  readonly onBadSample: OnBadSample
  readonly limits: Required<TextLimits>
  readonly augment: readonly TextChangeConfig[]
}

/** The fields of `SequenceOptions`. */
export const sequenceFields: { readonly [Key in keyof SequenceOptions]-?: z.ZodType } = {
  tokenizer: tokenizerSchema.prefault(words()),
  length: wholeNumber(1)
    .max(1 << 20, { error: 'expected at most 1048576 tokens' })
    .optional(),
  bucketBy: wholeNumber(1).optional(),
  truncate: choice(['left', 'right', 'none']).default('right'),
  pad: choice(['left', 'right']).default('right'),
  paddingToken: text('a token').optional(),
  addSpecialTokens: flag().default(true),
  validation: validationSize.default(0.1),
  validationFrom: validationFrom.default('random'),
  encoding: text('the name of an encoding').optional(),
  onBadSample: onBadSample.default('error'),
  limits: textLimits.prefault({}),
  augment: textChangesSchema.default([]),
}
