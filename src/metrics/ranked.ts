// Ranks of scores: one class against the rest, and averages over classes.

import type { z } from 'zod'

import { choice, flag } from '../config/index.ts'
import type { Tensor } from '../tensor/index.ts'
import { ratio, sum } from './class-counts.ts'
import type { MetricRule, MetricValue } from './define.ts'
import { rowsOf } from './classes.ts'
import { requireRows } from './probabilities.ts'

/** How the scores of classes become one: their mean, that weighted by the true samples, or none. */
export type RankAverage = 'macro' | 'weighted' | 'none'

/** Options of metrics of ranks. */
export interface RankOptions {
  /**
   * For several classes, each against the rest. Default: `macro`. Classes that do not occur take no
   * part in it.
   */
  readonly average?: RankAverage | undefined
  /** Whether outputs are scores, of which softmax is taken for several classes. Default: true. */
  readonly fromLogits?: boolean | undefined
  /**
   * Whether it is computed over each epoch's training samples too; all their outputs are kept. By
   * default it is for measuring only: `val.<name>` and `evaluate`.
   */
  readonly training?: boolean | undefined
}

/** `RankOptions` with their defaults. */
export interface ResolvedRank {
  readonly average: RankAverage
  readonly fromLogits: boolean
  readonly training: boolean
}

/** The fields of `RankOptions`. */
export const rankFields: {
  readonly average: z.ZodDefault<z.ZodType<RankAverage, RankAverage>>
  readonly fromLogits: z.ZodDefault<z.ZodBoolean>
  readonly training: z.ZodDefault<z.ZodBoolean>
} = {
  average: choice(['macro', 'weighted', 'none']).default('macro'),
  fromLogits: flag().default(true),
  training: flag().default(false),
}

/** The samples from the highest score down: how many of each score are positive, and how many not. */
export type Steps = readonly { readonly positive: number; readonly negative: number }[]

/**
 * What a metric of ranks keeps of the samples, and its value.
 *
 * @example
 * ```ts
 * const rule = rankRule('rocAuc', options, area)
 * ```
 */
export function rankRule(
  metric: string,
  { average, fromLogits, training }: ResolvedRank,
  score: (steps: Steps) => number,
): MetricRule<'scores' | 'target'> {
  return {
    gathers: 'samples',
    training,
    scalar: average !== 'none',
    batch: (output, target) => {
      const rows = rowsOf(metric, output, target)
      return { scores: ordered(rows.output, rows.single, fromLogits), target: rows.target }
    },
    finish: ({ scores, target }) => ranked(target, scores, average, score),
  }
}

/** One score keeps its order under sigmoid, which would make ties of large ones. */
function ordered(output: Tensor, single: boolean, fromLogits: boolean): Tensor {
  return single || !fromLogits ? output : output.softmax()
}

/**
 * The score of one class against the rest, averaged over the classes; of two classes that of class 1.
 * A target that is no class is left out.
 *
 * @example
 * ```ts
 * ranked([0, 1], [0.2, 0.7], 'macro', area) // 1
 * ```
 */
export function ranked(
  target: ArrayLike<number>,
  scores: ArrayLike<number>,
  average: RankAverage,
  score: (steps: Steps) => number,
): MetricValue {
  const width = scores.length / target.length
  requireRows(target, scores)
  if (width <= 2) return score(stepsOf(target, scores, width, width - 1, 1))
  const classes = Array.from({ length: width }, (_, at) => at)
  const values = classes.map((at) => score(stepsOf(target, scores, width, at, at)))
  if (average === 'none') return values
  const support = new Float64Array(width)
  for (let i = 0; i < target.length; i++) {
    const label = target[i] ?? -1
    if (label >= 0 && label < width) support[label] = (support[label] ?? 0) + 1
  }
  const weights = average === 'weighted' ? support : support.map((own) => Number(own > 0))
  const weighted = values.map((value, at) => (weights[at] === 0 ? 0 : value * (weights[at] ?? 0)))
  return ratio(sum(weighted), sum(weights))
}

/** The samples from the highest score of a column down; nothing of labels that are no class. */
function stepsOf(
  target: ArrayLike<number>,
  scores: ArrayLike<number>,
  width: number,
  column: number,
  positive: number,
): Steps {
  const scoreOf = (sample: number): number => scores[sample * width + column] ?? Number.NaN
  const known = Uint32Array.from({ length: target.length }, (_, sample) => sample).filter(
    (sample) => (target[sample] ?? -1) >= 0 && (target[sample] ?? -1) < Math.max(2, width),
  )
  // NaN has no rank, and so none of them has
  if (known.some((sample) => Number.isNaN(scoreOf(sample)))) {
    return [{ positive: Number.NaN, negative: Number.NaN }]
  }
  known.sort((a, b) => scoreOf(b) - scoreOf(a))
  const steps: { positive: number; negative: number }[] = []
  let last = Number.NaN
  for (const sample of known) {
    const own = scoreOf(sample)
    if (own !== last) steps.push({ positive: 0, negative: 0 })
    const step = steps.at(-1)
    if (step !== undefined) step[target[sample] === positive ? 'positive' : 'negative'] += 1
    last = own
  }
  return steps
}
