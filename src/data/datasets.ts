// The list of kinds of data, and what follows from it: the schema of any, and loading one.

import { z } from 'zod'

import { jsonSchema, nearest, parse, show } from '../config/index.ts'
import { AttuneError, guarded } from '../errors/index.ts'
import { arraysData } from './arrays.ts'
import type { ArraysConfig } from './arrays.ts'
import { audioFolderData } from './audio/index.ts'
import type { AudioFolderConfig } from './audio/index.ts'
import type { NativeDataSet } from '../native.ts'
import type { DataDefinition, ResolvedData } from './define.ts'
import { digits, digitsData } from './digits.ts'
import type { DigitsConfig } from './digits.ts'
import { imageFolderData } from './image/index.ts'
import type { ImageFolderConfig } from './image/index.ts'
import { iterableData } from './flow/index.ts'
import type { IterableConfig } from './flow/index.ts'
import { fashionMnist, fashionMnistData, mnist, mnistData } from './mnist.ts'
import type { FashionMnistConfig, MnistConfig } from './mnist.ts'
import { npyFilesData } from './npy-files.ts'
import type { NpyFilesConfig } from './npy-files.ts'
import { breastCancer, diabetes, embeddedTables, iris, tableData, wine } from './table/index.ts'
import type { EmbeddedTableConfig, TableConfig } from './table/index.ts'
import {
  textFolderData,
  textTableData,
  textWindowsData,
  tinyShakespeare,
  tinyShakespeareData,
} from './text/index.ts'
import type {
  TextFolderConfig,
  TextTableConfig,
  TextWindowsConfig,
  TinyShakespeareConfig,
} from './text/index.ts'

/** Every kind of data by its type. */
export interface DataConfigs {
  arrays: ArraysConfig
  audioFolder: AudioFolderConfig
  breastCancer: EmbeddedTableConfig<'breastCancer'>
  diabetes: EmbeddedTableConfig<'diabetes'>
  digits: DigitsConfig
  fashionMnist: FashionMnistConfig
  imageFolder: ImageFolderConfig
  iris: EmbeddedTableConfig<'iris'>
  iterable: IterableConfig
  mnist: MnistConfig
  npyFiles: NpyFilesConfig
  textFolder: TextFolderConfig
  textTable: TextTableConfig
  textWindows: TextWindowsConfig
  tinyShakespeare: TinyShakespeareConfig
  table: TableConfig
  wine: EmbeddedTableConfig<'wine'>
}

/** The config of any data. */
export type DataConfig = DataConfigs[keyof DataConfigs]

/** The configs of data that may be loaded block by block. */
export type StreamedConfig =
  | AudioFolderConfig
  | ImageFolderConfig
  | IterableConfig
  | TextFolderConfig
  | TextTableConfig

/** The known data sets; `mnist` and `fashionMnist` are read from a folder, the others come with the package. */
export const datasets: {
  readonly breastCancer: typeof breastCancer
  readonly diabetes: typeof diabetes
  readonly digits: typeof digits
  readonly fashionMnist: typeof fashionMnist
  readonly iris: typeof iris
  readonly mnist: typeof mnist
  readonly tinyShakespeare: typeof tinyShakespeare
  readonly wine: typeof wine
} = { breastCancer, diabetes, digits, fashionMnist, iris, mnist, tinyShakespeare, wine }

const definitions: { readonly [Type in keyof DataConfigs]: DataDefinition } = {
  ...embeddedTables,
  arrays: arraysData,
  audioFolder: audioFolderData,
  digits: digitsData,
  fashionMnist: fashionMnistData,
  imageFolder: imageFolderData,
  iterable: iterableData,
  mnist: mnistData,
  npyFiles: npyFilesData,
  textFolder: textFolderData,
  textTable: textTableData,
  textWindows: textWindowsData,
  tinyShakespeare: tinyShakespeareData,
  table: tableData,
}

/** The schema of any data config. */
export const dataSchema: z.ZodType<DataConfig, DataConfig> = z.discriminatedUnion(
  'type',
  Object.values(definitions).map((definition) => definition.schema) as unknown as [z.ZodObject],
  { error: ({ input }) => unknownData(input) },
) as unknown as z.ZodType<DataConfig, DataConfig>

/**
 * The JSON Schema of any data config.
 *
 * @example
 * ```ts
 * JSON.stringify(dataJsonSchema())
 * ```
 */
export function dataJsonSchema(): Record<string, unknown> {
  return jsonSchema(dataSchema)
}

/**
 * Loads the data of a config: checked, split, and held natively.
 *
 * @param run the run's seed, which decides a random split. Default: 0.
 * @param where the config path of `config`, for messages. Default: `data`.
 * @throws `AttuneError` `CONFIG` for the config, `IO` and `CORRUPT` for files, `DATA` and `SHAPE`
 *   for arrays, `MEMORY` for what does not fit.
 * @example
 * ```ts
 * const { train, validation } = await resolveData(datasets.digits(), { seed: 0 })
 * ```
 */
export async function resolveData(
  config: Exclude<DataConfig, StreamedConfig>,
  run?: { readonly seed?: number },
  where?: string,
): Promise<ResolvedData<NativeDataSet>>
export async function resolveData(
  config: DataConfig,
  run?: { readonly seed?: number },
  where?: string,
): Promise<ResolvedData>
export async function resolveData(
  config: DataConfig,
  run: { readonly seed?: number } = {},
  where = 'data',
): Promise<ResolvedData> {
  const checked = parse(dataSchema, config, where)
  const data = await guarded(definitions[checked.type].load(checked, run.seed ?? 0, where))
  if (data.train.length === 0) {
    throw new AttuneError('DATA', `${where}: expected at least one sample to train on, got none`)
  }
  return data
}

function unknownData(input: unknown): string {
  if (typeof input !== 'object' || input === null || !('type' in input)) {
    return `expected data such as { type: 'digits' }, got ${show(input)}`
  }
  const names = Object.keys(definitions)
  const near = typeof input.type === 'string' ? nearest(input.type, names) : undefined
  const hint = near === undefined ? `the kinds are ${names.join(', ')}` : `did you mean "${near}"?`
  return `unknown data ${show(input.type)}; ${hint}`
}
