// Counts of each class: rightly chosen, chosen, true; and averages of what follows from them.

import type { z } from 'zod'

import { choice } from '../config/index.ts'
import { AttuneError } from '../errors/index.ts'
import type { MetricValue, Totals } from './define.ts'

/** Of each class the samples that are rightly chosen (`hits`), `chosen`, and true (`support`). */
export type ClassCounts = Totals<'hits' | 'chosen' | 'support'>

/**
 * How the scores of classes become one, as in scikit-learn: `macro` is their mean, `weighted` that
 * weighted by the true samples, `micro` the score of all counts together, `binary` that of class 1,
 * and `none` gives one for each class.
 */
export type ClassAverage = 'macro' | 'micro' | 'weighted' | 'binary' | 'none'

/** The option of metrics of classes. */
export interface AverageOption {
  /** Default: `macro`. Classes that are neither chosen nor true take no part in it. */
  readonly average?: ClassAverage | undefined
}

/** The option of metrics of classes on arrays. */
export interface ClassesOption {
  /** How many there are. Default: one more than the largest label. */
  readonly classes?: number | undefined
}

/** The schema of `average`. */
export const averageField: z.ZodDefault<z.ZodType<ClassAverage, ClassAverage>> = choice([
  'macro',
  'micro',
  'weighted',
  'binary',
  'none',
]).default('macro')

/** The score of one class, or of all counts together. */
export type ClassScore = (hits: number, chosen: number, support: number) => number

/**
 * The counts of labels on arrays; a sample whose label is no class is left out.
 *
 * @param classes how many there are. Default: one more than the largest label.
 * @throws `AttuneError` `SHAPE` where there are not as many of both.
 * @example
 * ```ts
 * classCounts([0, 1, 1], [0, 1, 0]).hits // [1, 1]
 * ```
 */
export function classCounts(
  target: ArrayLike<number>,
  chosen: ArrayLike<number>,
  classes: number = classesIn(target, chosen),
): ClassCounts {
  requireEqual(target, chosen)
  const zeros = (): Float64Array => new Float64Array(classes)
  const counts = { hits: zeros(), chosen: zeros(), support: zeros() }
  for (let i = 0; i < target.length; i++) {
    const [label, own] = [target[i] ?? -1, chosen[i] ?? -1]
    if (label < 0 || label >= classes) continue
    counts.support[label] = (counts.support[label] ?? 0) + 1
    if (own >= 0 && own < classes) counts.chosen[own] = (counts.chosen[own] ?? 0) + 1
    if (own === label) counts.hits[label] = (counts.hits[label] ?? 0) + 1
  }
  return counts
}

/**
 * One more than the largest label.
 *
 * @example
 * ```ts
 * classesIn([0, 2], [1, 1]) // 3
 * ```
 */
export function classesIn(...labels: readonly ArrayLike<number>[]): number {
  return (
    1 + labels.reduce((most, own) => Array.from(own).reduce((a, b) => Math.max(a, b), most), -1)
  )
}

/**
 * Refuses arrays of different lengths.
 *
 * @throws `AttuneError` `SHAPE`.
 * @example
 * ```ts
 * requireEqual([0, 1], [1, 1])
 * ```
 */
export function requireEqual(target: ArrayLike<number>, other: ArrayLike<number>): void {
  if (target.length === other.length) return
  const message =
    `expected as many predictions as targets, got ${target.length} targets and ${other.length} ` +
    'predictions: give one for each'
  throw new AttuneError('SHAPE', message)
}

/** Whether a class is chosen or true for any sample. */
export function occurs({ chosen, support }: ClassCounts, at: number): boolean {
  return (chosen[at] ?? 0) + (support[at] ?? 0) > 0
}

/**
 * The scores of classes, averaged.
 *
 * @example
 * ```ts
 * averaged(counts, 'macro', (hits, _, support) => ratio(hits, support))
 * ```
 */
export function averaged(
  counts: ClassCounts,
  average: ClassAverage,
  score: ClassScore,
): MetricValue {
  const scores = Array.from(counts.hits, (hits, at) =>
    score(hits, counts.chosen[at] ?? 0, counts.support[at] ?? 0),
  )
  if (average === 'none') return scores
  if (average === 'binary') return scores[1] ?? 0
  if (average === 'micro') return score(sum(counts.hits), sum(counts.chosen), sum(counts.support))
  const weights =
    average === 'weighted' ? counts.support : counts.hits.map((_, at) => Number(occurs(counts, at)))
  const weighted = scores.reduce((total, one, at) => total + one * (weights[at] ?? 0), 0)
  return ratio(weighted, sum(weights))
}

/**
 * `a / b`, and 0 for `b = 0`, as scikit-learn has it.
 *
 * @example
 * ```ts
 * ratio(0, 0) // 0
 * ```
 */
export function ratio(a: number, b: number): number {
  return b === 0 ? 0 : a / b
}

/**
 * The sum of some numbers.
 *
 * @example
 * ```ts
 * sum([1, 2]) // 3
 * ```
 */
export function sum(values: Iterable<number>): number {
  let total = 0
  for (const value of values) total += value
  return total
}
