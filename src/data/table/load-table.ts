// Loading a table: read, its rows parted, and the parts made samples by steps fitted on the training rows.

import { AttuneError, guard } from '../../errors/index.ts'
import type { NativeTable } from '../../native.ts'
import { columnsOf } from '../columns.ts'
import type { ResolvedData, Skipped } from '../define.ts'
import { recordOf } from '../split.ts'
import { describeTable } from './describe.ts'
import { partRows } from './part-rows.ts'
import { prepareParts } from './preprocess/index.ts'
import type { TablePart } from './preprocess/index.ts'
import { nativeTable } from './preprocess/table-input.ts'
import { csvOptions, readFileTable } from './read-table.ts'
import type { ColumnKind } from './read-table.ts'
import type { ResolvedTable } from './table.ts'

/** A table that was read, and what messages call it. */
interface Source {
  readonly table: NativeTable
  readonly name: string
}

/**
 * The data of a run out of a table.
 *
 * @throws `AttuneError` `CONFIG` for columns that there are not, `IO`, `CORRUPT` or `DATA` naming
 *   file, row and column.
 * @example
 * ```ts
 * const { train, classes } = await loadTable(config, 0, 'data')
 * ```
 */
export async function loadTable(
  config: ResolvedTable,
  seed: number,
  where: string,
): Promise<ResolvedData> {
  const skipped: Skipped[] = []
  const source = await readSource(config, skipped, where)
  return tableSamples(source, config, seed, where, skipped)
}

/**
 * The data of a run out of a table that was read already.
 *
 * @param skipped rows that were left out while reading; those that are left out later join them.
 * @example
 * ```ts
 * const data = await tableSamples({ table, name: 'iris' }, config, 0, 'data', [])
 * ```
 */
export async function tableSamples(
  source: Source,
  config: ResolvedTable,
  seed: number,
  where: string,
  skipped: Skipped[],
): Promise<ResolvedData> {
  const { table } = source
  const { target } = config
  const columns = describedColumns(table)
  const kind = columns.find(({ name }) => name === target)?.kind
  if (kind === undefined) {
    const names = columns.map(({ name }) => name).join(', ')
    const message = `${where}.target: expected one of the columns ${names}, got "${target}"`
    throw new AttuneError('CONFIG', message)
  }
  const other =
    typeof config.test === 'string'
      ? await readTest(config.test, columns, config, skipped, `${where}.test`)
      : undefined
  const rows = partRows(table, config, seed, where)
  const part = (numbers: Uint32Array | undefined): TablePart | undefined =>
    numbers && { table, rows: numbers, name: source.name }
  const task = config.task ?? (kind === 'number' ? 'regression' : 'classification')
  const made = await prepareParts(
    {
      train: { table, rows: rows.train, name: source.name },
      validation: part(rows.validation),
      test: other ?? part(rows.test),
    },
    {
      steps: config.preprocess,
      target,
      classification: task === 'classification',
      classes: config.classes,
      balance: config.balance,
      onBadSample: config.onBadSample,
      seed,
      where,
    },
  )
  const csv = config.file === undefined ? undefined : csvOptions(config.file, readOptions(config))
  return {
    train: made.train,
    validation: made.validation,
    test: made.test,
    columns: guard(() => columnsOf(made.train), where),
    classes: made.classes,
    normalisation: { shift: 0, scale: 1 },
    preparation: { ...made.preparation, ...(csv && { csv: forPrediction(csv) }) },
    split: recordOf(rows),
    describe: () => describeTable(table, made.reports),
    skipped: [...skipped, ...made.skipped],
  }
}

interface DescribedColumn {
  readonly name: string
  readonly kind: ColumnKind
}

function describedColumns(table: NativeTable): DescribedColumn[] {
  return guard(() => JSON.parse(table.columns()) as DescribedColumn[])
}

async function readSource(
  config: ResolvedTable,
  skipped: Skipped[],
  where: string,
): Promise<Source> {
  const { file, rows, columns } = config
  const given = [file, rows, columns].filter((source) => source !== undefined)
  if (given.length !== 1) {
    const came = given.length === 0 ? 'none' : `${given.length} of them`
    const message = `${where}: expected exactly one of \`file\`, \`rows\` and \`columns\`, got ${came}`
    throw new AttuneError('CONFIG', message)
  }
  if (file !== undefined) return readFile(file, config, config.kinds, skipped, `${where}.file`)
  const known = Object.entries(config.kinds ?? {}).map(([name, kind]) => ({ name, kind }))
  const name = rows === undefined ? 'columns' : 'rows'
  const table = await nativeTable((rows ?? columns) as NonNullable<typeof columns>, known)
  const { only } = config
  return { table: only ? guard(() => table.select([...only]), `${where}.only`) : table, name }
}

async function readFile(
  file: string,
  config: ResolvedTable,
  kinds: ResolvedTable['kinds'],
  skipped: Skipped[],
  where: string,
): Promise<Source> {
  const options = { ...readOptions(config), kinds }
  const read = await readFileTable(file, options, config.onBadSample, where)
  skipped.push(...read.skipped)
  return { table: read.table, name: file }
}

/** A file of test rows, in which the texts of training stay texts even where they look like numbers. */
function readTest(
  file: string,
  columns: readonly DescribedColumn[],
  config: ResolvedTable,
  skipped: Skipped[],
  where: string,
): Promise<Source> {
  const texts = columns.filter(({ kind }) => kind === 'text')
  const kinds = Object.fromEntries(texts.map(({ name, kind }) => [name, kind]))
  return readFile(file, config, { ...kinds, ...config.kinds }, skipped, where)
}

/** The options that files of the config are read by. */
function readOptions(config: ResolvedTable): Parameters<typeof csvOptions>[1] {
  const { format, delimiter, quote, comment, header, names } = config
  const { kinds, only, missing, decimal, trim, encoding } = config
  const told = { format, delimiter, quote, comment, header, names }
  return { ...told, kinds, only, missing, decimal, trim, encoding }
}

/** Rows to predict may lack columns that training does not need, so that none is asked for by name. */
function forPrediction(csv: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(csv).filter(([name]) => name !== 'only' && name !== 'kinds'),
  )
}
