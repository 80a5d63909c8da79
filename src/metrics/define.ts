// What a metric consists of: what a step computes of a batch, and the value of what has gathered.

import type { z } from 'zod'

import type { Tensor } from '../tensor/index.ts'

/** The value of a metric: a number, one for each class, or a table. */
export type MetricValue = number | MetricDetail

/** A value that is more than one number. */
export type MetricDetail = readonly number[] | readonly (readonly number[])[]

/** What has gathered of a split, by the names that `batch` gives. */
export type Totals<Key extends string = string> = Readonly<Record<Key, Float64Array>>

/**
 * How the batches of a split gather: `sums` are added up; `batches` are kept one after another, for
 * a few numbers of each batch; `samples` are kept too, and grow with the split.
 */
export type Gathers = 'sums' | 'batches' | 'samples'

/** How a metric is computed. */
export interface MetricRule<Key extends string = string> {
  /** Default: `sums`. */
  readonly gathers?: Gathers | undefined
  /**
   * Whether it is computed while training as well, where `train.<name>` is over the outputs of the
   * steps. Default: true for `sums` and `batches`, false for `samples`.
   */
  readonly training?: boolean | undefined
  /** Whether the value is one number, which callbacks can monitor. Default: true. */
  readonly scalar?: boolean | undefined
  /** Of a batch, recorded as part of the native step: tensors of any shape, the same for all batches. */
  batch(output: Tensor, target: Tensor): Readonly<Record<Key, Tensor>>
  /** The value of all batches; a pure function. What is kept lies batch after batch. */
  finish(totals: Totals<Key>): MetricValue
}

/** A metric of one's own, as `defineMetric` makes it. */
export interface CustomMetric<Key extends string = string> extends MetricRule<Key> {
  /** The name that events carry it under: `train.<name>`, `val.<name>`. */
  readonly name: string
}

/** One described metric. `Resolved` is its config with the defaults filled in. */
export interface MetricDefinition<
  Config extends { readonly type: string } = { readonly type: string },
  Resolved = unknown,
> {
  readonly type: Config['type']
  readonly schema: z.ZodType<Resolved, Config>
  /** What stands after the type in its name, where options tell two of a type apart. */
  suffix?(config: Resolved): string | undefined
  make(config: Resolved): MetricRule
}

/**
 * A metric of one's own: what a step computes natively of a batch, and what becomes of it.
 *
 * @example
 * ```ts
 * const bias = defineMetric({
 *   name: 'bias',
 *   batch: (output, target) => ({
 *     sum: output.sub(target).sum(),
 *     count: Tensor.full([], output.size),
 *   }),
 *   finish: ({ sum, count }) => (sum[0] ?? 0) / (count[0] ?? 0),
 * })
 * ```
 */
export function defineMetric<Key extends string>(metric: CustomMetric<Key>): CustomMetric<Key> {
  return metric
}

/**
 * Whether a value is a metric itself and not the config of one.
 *
 * @example
 * ```ts
 * isMetric(bias) // true
 * ```
 */
export function isMetric(value: unknown): value is CustomMetric {
  if (typeof value !== 'object' || value === null) return false
  const { batch, finish } = value as Partial<CustomMetric>
  return typeof batch === 'function' && typeof finish === 'function'
}

/**
 * The first number of a total.
 *
 * @example
 * ```ts
 * const mean = only(totals, 'sum') / only(totals, 'count')
 * ```
 */
export function only<Key extends string>(totals: Totals<Key>, key: Key): number {
  return totals[key][0] ?? Number.NaN
}
