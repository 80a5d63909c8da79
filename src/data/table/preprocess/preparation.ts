// How rows of a file, or rows themselves, become samples of `x`, saved with the weights.

import { z } from 'zod'

import { options, show } from '../../../config/index.ts'
import { AttuneError, fromNative, guard, guarded } from '../../../errors/index.ts'
import { native } from '../../../native.ts'
import type { NativePreprocessor, NativeTable } from '../../../native.ts'
import type { PreparationDefinition, Prepared } from '../../preparation.ts'
import { isJsonLines, readFileTable } from '../read-table.ts'
import type { ColumnKind, ReadTableOptions } from '../read-table.ts'
import { nativeTable } from './table-input.ts'

/** Fitted steps, and how files of rows are read. */
export interface TablePreparation {
  readonly type: 'table'
  /** What `Preprocessor.toJSON` gave. */
  readonly preprocessor: Readonly<Record<string, unknown>>
  /** How CSV files are read, as the binding takes it. Default: as they tell themselves. */
  readonly csv?: Readonly<Record<string, unknown>> | undefined
}

const object = z.record(z.string(), z.unknown(), {
  error: ({ input }) => `expected an object, got ${show(input)}`,
})

/** Tables. */
export const tablePreparation: PreparationDefinition<TablePreparation> = {
  type: 'table',
  words: 'files',
  schema: options({
    type: z.literal('table'),
    preprocessor: object,
    csv: object.optional(),
  }) as never,
  prepare: async (raw, { preprocessor, csv }, { shape }) => {
    const fitted = guard(() => native().Preprocessor.fromJson(JSON.stringify(preprocessor)))
    const [width = 1] = shape
    const restore = restoring(fitted, preprocessor)
    if ('rows' in raw) {
      const table = await nativeTable(raw.rows, columnsOf(fitted))
      return { ...(await prepared(fitted, table, width, 'predict', 'row')), restore }
    }
    if (!('files' in raw)) {
      const message = 'predict: expected rows, or files of them, as in { files: ["rows.csv"] }'
      throw new AttuneError('DATA', `${message}, since the run was trained on a table`)
    }
    const parts: Prepared[] = []
    for (const file of raw.files) {
      const table = await readRows(file, fitted, csv)
      parts.push(await prepared(fitted, table, width, file, `${file} row`))
    }
    return { ...joined(parts), restore }
  },
}

/** Undoes what steps did to the target, if any did. */
function restoring(
  fitted: NativePreprocessor,
  saved: TablePreparation['preprocessor'],
): Prepared['restore'] {
  const { target, steps } = saved as { target?: string | null; steps: { state?: object }[] }
  if (typeof target !== 'string') return undefined
  if (!steps.some(({ state }) => Object.hasOwn(state ?? {}, target))) return undefined
  return async (outputs) => {
    const table = await guarded(fitted.invert([target], outputs), 'predict')
    return Float32Array.from(guard(() => table.column(target)) as Float64Array)
  }
}

/** A file's rows, in which texts of training stay texts even where they look like numbers. */
async function readRows(
  file: string,
  fitted: NativePreprocessor,
  csv: TablePreparation['csv'] = {},
): Promise<NativeTable> {
  const given = isJsonLines(file, {}) ? {} : csv
  const read = async (kinds: ReadTableOptions['kinds']): Promise<NativeTable> =>
    (await readFileTable(file, { ...given, kinds }, 'error', '')).table
  const table = await read({})
  const found = guard(() => JSON.parse(table.columns())) as { name: string; kind: ColumnKind }[]
  const texts = columnsOf(fitted).filter(
    ({ name, kind }) =>
      kind === 'text' && found.some((column) => column.name === name && column.kind !== 'text'),
  )
  if (texts.length === 0) return table
  return read(Object.fromEntries(texts.map(({ name, kind }) => [name, kind])))
}

function columnsOf(fitted: NativePreprocessor): { name: string; kind: ColumnKind }[] {
  return guard(() => JSON.parse(fitted.columns)) as { name: string; kind: ColumnKind }[]
}

async function prepared(
  fitted: NativePreprocessor,
  table: NativeTable,
  width: number,
  where: string,
  name: string,
): Promise<Prepared> {
  const made = await guarded(fitted.apply(table, null, 'predict', false, 0), where)
  return guard(() => {
    const { x, rows } = made
    if (x.length !== rows.length * width) {
      const message = `expected steps that give ${width} features, got ${x.length / rows.length}`
      throw fromNative(new AttuneError('CORRUPT', message), where)
    }
    return { values: x, count: rows.length, names: Array.from(rows, (row) => `${name} ${row}`) }
  })
}

function joined(parts: readonly Prepared[]): Prepared {
  const [first] = parts
  if (first !== undefined && parts.length === 1) return first
  const values = new Float32Array(parts.reduce((sum, part) => sum + part.values.length, 0))
  let place = 0
  for (const part of parts) {
    values.set(part.values, place)
    place += part.values.length
  }
  const count = parts.reduce((sum, part) => sum + part.count, 0)
  return { values, count, names: parts.flatMap(({ names }) => names) }
}
