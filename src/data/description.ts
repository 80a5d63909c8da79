// What data consist of: types, ranges, class balance, lengths, duplicates, and samples left out.

import type { NativeDataSet } from '../native.ts'
import type { TensorType } from '../tensor/index.ts'
import { isBlocks } from './blocks.ts'
import type { Source } from './blocks.ts'
import type { ResolvedData, Skipped } from './define.ts'
import type { TableDescription } from './table/describe.ts'

/** Figures of all elements of a column in the training part. */
export interface Figures {
  readonly mean: number
  readonly standardDeviation: number
  readonly minimum: number
  readonly maximum: number
}

/** How many samples a class has in each part. */
export interface ClassBalance {
  readonly class: number
  readonly name?: string
  readonly train: number
  readonly validation: number
  readonly test: number
}

/** What data consist of. */
export interface DataDescription {
  /** Samples by part; 0 where there is none. */
  readonly samples: Readonly<Record<Part, number>>
  readonly x: TensorType & { readonly figures?: Figures }
  readonly y: TensorType & { readonly figures?: Figures }
  /** Of whole-number targets with one label a sample; absent for others. */
  readonly balance?: readonly ClassBalance[]
  /**
   * Of texts the tokens of a training sample before it is cut or filled; of other sequences of whole
   * numbers with one label how many come before the padding of zeros at the end.
   */
  readonly lengths?: { readonly least: number; readonly median: number; readonly most: number }
  /** Samples of which an equal one comes before in the same part, by their inputs. */
  readonly duplicates: Readonly<Partial<Record<Part, number>>>
  /** Samples to measure with that are training samples too, by their inputs. */
  readonly leaks: Readonly<Partial<Record<Part, number>>>
  readonly skipped: readonly Skipped[]
  /** Of tables: the columns as they were read, and what the steps found and changed. */
  readonly table?: TableDescription
}

/** A part of the data. */
export type Part = 'train' | 'validation' | 'test'

const names = ['train', 'validation', 'test'] as const

/**
 * Looks at all samples in memory; of parts that are loaded block by block only the number is told.
 *
 * @example
 * ```ts
 * const { balance } = await describeData(await resolveData(datasets.digits()))
 * ```
 */
export async function describeData(data: ResolvedData): Promise<DataDescription> {
  const { train, columns, classes, skipped = [] } = data
  const held = names.flatMap((name) => {
    const part: Source | undefined = data[name]
    return part === undefined || isBlocks(part) ? [] : [{ name, part }]
  })
  const samples = { train: train.length, validation: 0, test: 0 }
  for (const name of names) samples[name] = data[name]?.length ?? 0
  const duplicates: Partial<Record<Part, number>> = {}
  const leaks: Partial<Record<Part, number>> = {}
  for (const { name, part } of held) {
    duplicates[name] = (await part.duplicates('x')).length
    if (name === 'train' || isBlocks(train)) continue
    leaks[name] = (await part.sharedWith(train, 'x')).length
  }
  const isLabel = columns.y.dtype !== 'float32' && columns.y.shape.length === 0
  const isSequence = columns.x.dtype === 'int32' && columns.x.shape.length === 1
  return {
    samples,
    x: { ...columns.x, ...figuresOf(train, 'x') },
    y: { ...columns.y, ...(!isLabel && figuresOf(train, 'y')) },
    ...(isLabel && { balance: balanceOf(held, classes) }),
    ...(data.lengths && { lengths: rangeOf(data.lengths) }),
    ...(isSequence &&
      columns.y.shape.length === 0 &&
      data.lengths === undefined &&
      !isBlocks(train) && { lengths: rangeOf(lengthsOf(train, columns.x.shape[0] ?? 0)) }),
    duplicates,
    leaks,
    skipped,
    ...(data.describe && { table: await data.describe() }),
  }
}

interface Held {
  readonly name: Part
  readonly part: NativeDataSet
}

function figuresOf(part: Source, column: string): { figures?: Figures } {
  return isBlocks(part) ? {} : { figures: JSON.parse(part.statistics(column)) as Figures }
}

function balanceOf(held: readonly Held[], classes: readonly string[] = []): ClassBalance[] {
  const counts = new Map<number, Record<Part, number>>()
  const count = (label: number): Record<Part, number> => {
    const known = counts.get(label) ?? { train: 0, validation: 0, test: 0 }
    counts.set(label, known)
    return known
  }
  classes.forEach((_, label) => count(label))
  for (const { name, part } of held) {
    for (const label of part.column('y')) count(label)[name] += 1
  }
  return [...counts]
    .toSorted(([a], [b]) => a - b)
    .map(([label, found]) => {
      const name = classes[label]
      return { class: label, ...(name !== undefined && { name }), ...found }
    })
}

function lengthsOf(part: NativeDataSet, time: number): Uint32Array {
  const x = part.column('x')
  return Uint32Array.from({ length: part.length }, (_, i) => {
    const row = x.subarray(i * time, (i + 1) * time)
    return row.findLastIndex((id) => id !== 0) + 1
  })
}

function rangeOf(lengths: Uint32Array): NonNullable<DataDescription['lengths']> {
  const sorted = lengths.toSorted()
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0
  return { least: at(0), median: at(0.5), most: at(1) }
}
