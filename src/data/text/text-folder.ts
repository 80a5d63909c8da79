// Texts in a folder, one folder a class or the class in the name; a file or a line each.

import { z } from 'zod'

import { choice, list, options, text } from '../../config/index.ts'
import { guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { NativeTexts } from '../../native.ts'
import type { DataDefinition } from '../define.ts'
import { classesOf, labelPattern, labelsOf, listFiles, testPattern } from '../labelled-files.ts'
import type { LabelledFile } from '../labelled-files.ts'
import { labelledRows } from './labelled-texts.ts'
import { sequenceFields } from './sequence-options.ts'
import type { ResolvedSequences, SequenceOptions } from './sequence-options.ts'

/** Options of `textFolder`. */
export interface TextFolderOptions extends SequenceOptions {
  /** The folder; files are looked for at any depth. */
  readonly root: string
  /** What is a text of its own: the whole file, or every line that is not blank. Default: `file`. */
  readonly each?: 'file' | 'line' | undefined
  /** The endings of the files' names. Default: `['.txt']`. */
  readonly endings?: readonly string[] | undefined
  /**
   * A regular expression whose first group finds the class in a file's name. Default: the class is the
   * folder that holds the file, or with `each: 'line'` the file's name up to the first dot.
   */
  readonly label?: string | undefined
  /** A regular expression: files whose path below `root` it matches are the test part. */
  readonly test?: string | undefined
}

/** The config of `textFolder`. */
export interface TextFolderConfig extends TextFolderOptions {
  readonly type: 'textFolder'
}

type ResolvedTextFolder = ResolvedSequences & {
  readonly type: 'textFolder'
  readonly root: string
  readonly each: 'file' | 'line'
  readonly endings: readonly string[]
  readonly label?: string | undefined
  readonly test?: string | undefined
}

/**
 * Texts and their classes out of a folder: `x` int32 `[length]`, ids of tokens, `y` the class.
 * Classes are sorted by name. The tokenizer is made of the training part alone.
 *
 * @throws `AttuneError`, when a run begins: `IO` or `DATA` naming the first bad file or line.
 * @example
 * ```ts
 * textFolder({ root: 'reviews', tokenizer: words({ vocabularySize: 20_000 }), length: 200 })
 * textFolder({ root: 'rt-polaritydata', each: 'line', endings: ['.neg', '.pos'], label: '\\.(neg|pos)$' })
 * ```
 */
export function textFolder(given: TextFolderOptions): TextFolderConfig {
  return { type: 'textFolder', ...given }
}

/** How `textFolder` is checked and loaded. */
export const textFolderData: DataDefinition<TextFolderConfig, ResolvedTextFolder> = {
  type: 'textFolder',
  schema: options({
    type: z.literal('textFolder'),
    root: text('the path of a folder'),
    each: choice(['file', 'line']).default('file'),
    endings: list('endings such as .txt', text('an ending such as .txt'))
      .min(1, { error: 'expected at least one ending' })
      .default(['.txt']),
    label: labelPattern.optional(),
    test: testPattern.optional(),
    ...sequenceFields,
  }) as never,
  load: async (config, seed, where) => {
    const { root, each, endings, label = each === 'line' ? '^([^.]+)' : undefined, test } = config
    const kinds = {
      names: endings.join(' or '),
      endings: new Set(endings.map((ending) => ending.toLowerCase())),
    }
    const files = await listFiles(root, kinds, { label, test }, where)
    const classes = classesOf(files, where)
    const part = (isTest: boolean): Promise<NativeTexts> =>
      read(
        files.filter((file) => file.isTest === isTest),
        classes,
        config,
        where,
      )
    const texts = await part(false)
    const hasTest = files.some(({ isTest }) => isTest)
    const held = { texts, test: hasTest ? await part(true) : undefined, classes }
    return labelledRows(held, config, seed, where)
  },
}

function read(
  files: readonly LabelledFile[],
  classes: readonly string[],
  { each, encoding, limits, onBadSample }: ResolvedTextFolder,
  where: string,
): Promise<NativeTexts> {
  const reading = { each, encoding, limits, skip: onBadSample === 'skip' }
  const paths = files.map(({ path }) => path)
  return guarded(
    native().Texts.read(paths, labelsOf(files, classes), JSON.stringify(reading)),
    where,
  )
}
