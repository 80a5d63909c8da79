// The parts of a run out of rows of tables: steps fitted on the training rows, labels, balance.

import { AttuneError, guard, guarded } from '../../../errors/index.ts'
import { native } from '../../../native.ts'
import type { NativeDataSet, NativePreparedRows, NativeTable } from '../../../native.ts'
import type { Skipped } from '../../define.ts'
import type { OnBadSample } from '../../on-bad-sample.ts'
import { balanced } from './balance.ts'
import type { Balance } from './balance.ts'
import type { TablePreparation } from './preparation.ts'
import type { PreprocessReport } from './report.ts'
import type { StepConfig } from './steps.ts'

/** Rows of a table. */
export interface TablePart {
  readonly table: NativeTable
  /** Their numbers; all without them. */
  readonly rows?: Uint32Array | undefined
  /** What the table is called in messages, such as its file. */
  readonly name: string
}

/** How tables become samples. */
export interface PartsOptions {
  /** Default: those of `preprocess.defaults(target)`. */
  readonly steps?: readonly StepConfig[] | undefined
  readonly target: string
  /** Whether the target is one of classes. */
  readonly classification: boolean
  /** The names of the classes in their order. Default: those of the training rows, sorted. */
  readonly classes?: readonly string[] | undefined
  readonly balance: Balance
  readonly onBadSample: OnBadSample
  readonly seed: number
  /** The config path of the data, for messages. */
  readonly where: string
}

/** Samples by part, and what was done to make them. */
export interface PreparedParts {
  readonly train: NativeDataSet
  readonly validation: NativeDataSet | undefined
  readonly test: NativeDataSet | undefined
  readonly classes: readonly string[] | undefined
  readonly preparation: TablePreparation
  readonly skipped: readonly Skipped[]
  readonly reports: Readonly<Partial<Record<'train' | 'validation' | 'test', PreprocessReport>>>
}

/**
 * Samples of every part: `x` float32 `[features]`, `y` the class or a number. Steps learn from the
 * training rows alone.
 *
 * @throws `AttuneError` `DATA` naming the file, row and column of a value that cannot be used.
 * @example
 * ```ts
 * const { train, classes } = await prepareParts({ train: { table, name: 'iris.csv' } }, options)
 * ```
 */
export async function prepareParts(
  parts: {
    readonly train: TablePart
    readonly validation?: TablePart | undefined
    readonly test?: TablePart | undefined
  },
  options: PartsOptions,
): Promise<PreparedParts> {
  const { steps, target, seed, where, onBadSample } = options
  const fitting = native().Preprocessor.fit(
    parts.train.table,
    parts.train.rows ?? null,
    JSON.stringify({ ...(steps && { steps }), target, seed }),
  )
  const fitted = await guarded(fitting, `${where}.preprocess`)
  const rows = guard(() => fitted.takeFitted(), where)
  const classes = options.classification ? (options.classes ?? rows.classes()) : undefined
  const skipped: Skipped[] = []
  const reports: { -readonly [Key in keyof PreparedParts['reports']]: PreprocessReport } = {}
  const samplesOf = (
    name: 'train' | 'validation' | 'test',
    made: NativePreparedRows,
    from: string,
  ): NativeDataSet =>
    guard(() => {
      reports[name] = JSON.parse(made.report) as PreprocessReport
      const labels = { classes, skip: onBadSample === 'skip' }
      const labelled = made.takeSamples(JSON.stringify(labels))
      for (const [row, reason] of JSON.parse(labelled.skipped) as [number, string][]) {
        skipped.push({ sample: `${from} row ${row}`, reason })
      }
      return labelled.take()
    }, `${where}: ${from}`)
  const apply = async (name: 'validation' | 'test'): Promise<NativeDataSet | undefined> => {
    const part = parts[name]
    if (part === undefined) return undefined
    const applying = fitted.apply(part.table, part.rows ?? null, 'evaluate', false, 5)
    return samplesOf(name, await guarded(applying, `${where}: ${part.name}`), part.name)
  }
  const train = samplesOf('train', rows, parts.train.name)
  if (train.length === 0) {
    const message = `${where}: expected rows to train on, but the steps left out all of them`
    throw new AttuneError('DATA', `${message}: loosen their rules`)
  }
  const samples = { train, validation: await apply('validation'), test: await apply('test') }
  if (options.balance !== 'none' && classes === undefined) {
    const message = `${where}.balance: expected a target of classes, got one of numbers`
    throw new AttuneError('CONFIG', `${message}: say \`balance: 'none'\``)
  }
  return {
    ...guard(() => balanced(samples, options.balance, classes?.length ?? 0, seed), where),
    classes,
    preparation: {
      type: 'table',
      preprocessor: guard(() => JSON.parse(fitted.toJson()) as Record<string, unknown>, where),
    },
    skipped,
    reports,
  }
}
