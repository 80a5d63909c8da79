// Texts in a column of a table: CSV, TSV or JSON lines.

import { z } from 'zod'

import { flag, list, options, text } from '../../config/index.ts'
import { AttuneError, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeTexts } from '../../native.ts'
import type { DataDefinition } from '../define.ts'
import { labelledRows } from './labelled-texts.ts'
import { sequenceFields } from './sequence-options.ts'
import type { ResolvedSequences, SequenceOptions } from './sequence-options.ts'

/** Options of `textTable`. */
export interface TextTableOptions extends SequenceOptions {
  /** The file: `.csv`, `.tsv`, `.jsonl` or `.ndjson`, gzipped or not. */
  readonly path: string
  /** The column of the texts. */
  readonly text: string
  /** The column of the classes; what stands there is their name. */
  readonly label: string
  /** A file of the same columns to measure with. Default: none. */
  readonly test?: string | undefined
  /** The names of the columns, for a file without a header. Default: those of the header. */
  readonly names?: readonly string[] | undefined
  /** Whether fields may stand in quotes, as CSV has them. Default: true. */
  readonly quotes?: boolean | undefined
}

/** The config of `textTable`. */
export interface TextTableConfig extends TextTableOptions {
  readonly type: 'textTable'
}

type ResolvedTextTable = ResolvedSequences & TextTableConfig & { readonly quotes: boolean }

/**
 * Texts and their classes out of a table: `x` int32 `[length]`, ids of tokens, `y` the class.
 * Classes are sorted by name. The tokenizer is made of the training part alone.
 *
 * @throws `AttuneError`, when a run begins: `IO`, `CONFIG` or `DATA` naming file, row and column.
 * @example
 * ```ts
 * textTable({ path: 'SST2/train.tsv', test: 'SST2/test.tsv', names: ['text', 'label'], text: 'text', label: 'label' })
 * ```
 */
export function textTable(given: TextTableOptions): TextTableConfig {
  return { type: 'textTable', ...given }
}

/** How `textTable` is checked and loaded. */
export const textTableData: DataDefinition<TextTableConfig, ResolvedTextTable> = {
  type: 'textTable',
  schema: options({
    type: z.literal('textTable'),
    path: text('the path of a file'),
    text: text('the name of a column'),
    label: text('the name of a column'),
    test: text('the path of a file').optional(),
    names: list('names of columns', z.string()).optional(),
    quotes: flag().default(true),
    ...sequenceFields,
  }) as never,
  load: async (config, seed, where) => {
    const texts = await read(config, config.path, null, where)
    const classes = JSON.parse(texts.classes) as string[]
    if (classes.length === 0) {
      throw new AttuneError('DATA', `${where}.label: expected classes, found none`)
    }
    const test = config.test && (await read(config, config.test, classes, `${where}.test`))
    return labelledRows({ texts, test: test || undefined, classes }, config, seed, where)
  },
}

function read(
  config: ResolvedTextTable,
  path: string,
  classes: readonly string[] | null,
  where: string,
): Promise<NativeTexts> {
  const { text: column, label, names, quotes, encoding } = config
  const columns = { text: column, label, names, quotes, encoding }
  const skip = config.onBadSample === 'skip'
  const reading = { columns, classes, limits: config.limits, skip }
  return guarded(native().Texts.readTable(path, JSON.stringify(reading)), where)
}
