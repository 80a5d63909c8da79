// One schema for a whole run: its types, its checks, its JSON Schema.

import { z } from 'zod'

import { callbackSchema, isCallback } from '../callbacks/index.ts'
import type { Callback, CallbackConfig } from '../callbacks/index.ts'
import {
  flag,
  jsonSchema,
  list,
  number,
  oneOf,
  options,
  parse,
  show,
  text,
  wholeNumber,
} from '../config/index.ts'
import { augmentSchema, batchSizeSchema, dataSchema } from '../data/index.ts'
import type { BatchSize, ChangeConfig, DataConfig } from '../data/index.ts'
import { isMetric, metricSchema } from '../metrics/index.ts'
import type { CustomMetric, MetricConfig } from '../metrics/index.ts'
import { layerSchema, lossSchema, Module, regularizerSchema } from '../nn/index.ts'
import type { LayerConfig, LossConfig, Regularizer } from '../nn/index.ts'
import { optimizerSchema } from '../optim/index.ts'
import type { OptimizerConfig } from '../optim/index.ts'

/** A whole run as one value; without a `Module` and callbacks of one's own it is plain JSON. */
export interface RunConfig {
  /** A described model, or an instance of a class of one's own. */
  readonly model: LayerConfig | Module
  readonly data: DataConfig
  /**
   * Random changes of training images, made anew in every epoch, in this order. Which, is a function
   * of seed, epoch and sample. Default: none.
   */
  readonly augment?: readonly ChangeConfig[] | undefined
  readonly loss: LossConfig
  /**
   * What each class counts in the loss, in the order of the scores, at least 0: a sample of class `c`
   * counts `classWeight[c]` and the loss is `Σ weight · loss / Σ weight`, as PyTorch's class weights,
   * while training and measuring alike (Keras: while training only). `balanced` gives class `c` of
   * `k` classes that occur `samples / (k · samples of c)`, counted in the training part. Weights of
   * samples (`fromArrays`) multiply it. Default: 1 each.
   */
  readonly classWeight?: readonly number[] | 'balanced' | undefined
  /** Described metrics and metrics of one's own, reported beside the loss. Default: none. */
  readonly metrics?: readonly (MetricConfig | CustomMetric)[] | undefined
  readonly optimizer: OptimizerConfig
  /**
   * A penalty on every trained weight of at least two axes that has no regularizer of its own:
   * kernels and embeddings, and neither biases nor norms of one axis. Like the layers' penalties it is part of
   * `loss` and `val.loss`, as in Keras; all of them together are the metrics `train.penalty` and
   * `val.penalty`. Default: none.
   */
  readonly regularizer?: Regularizer | undefined
  /**
   * Samples a batch, at least 1, `all` or a schedule; what is left at the end of an epoch is a
   * smaller batch. Default: 32.
   */
  readonly batchSize?: BatchSize | undefined
  /**
   * Batches whose gradients make one step, at least 1, each weighted by its samples, or by the sum
   * of their weights, so that the step is that of one large batch; the last step of an epoch has
   * the batches that are left. Default: 1.
   */
  readonly accumulate?: number | undefined
  /** Times that `fit` goes through the training samples. Default: 10. */
  readonly epochs?: number | undefined
  /** Decides first weights, order, dropout and random splits. Default: 0. */
  readonly seed?: number | undefined
  /** Whether each epoch has an order of its own, drawn by the seed. Default: true. */
  readonly shuffle?: boolean | undefined
  /** Described callbacks and callbacks of one's own, asked in this order. Default: none. */
  readonly callbacks?: readonly (CallbackConfig | Callback)[] | undefined
  /** Native threads. Default: every core. Results do not depend on it. */
  readonly threads?: number | undefined
  /** Bytes of tensors that the run may hold. Default: 90 % of the memory that is free. */
  readonly memoryLimit?: number | undefined
  /** The run writes `<runs>/<name>/`. Default: nothing is written, or `run` where `runs` is set. */
  readonly name?: string | undefined
  /** The folder of run folders. Default: `runs`. */
  readonly runs?: string | undefined
}

/** `RunConfig` with its defaults filled in. */
export interface ResolvedRun extends RunConfig {
  readonly augment: readonly ChangeConfig[]
  readonly metrics: readonly (MetricConfig | CustomMetric)[]
  readonly batchSize: BatchSize
  readonly accumulate: number
  readonly epochs: number
  readonly seed: number
  readonly shuffle: boolean
  readonly callbacks: readonly (CallbackConfig | Callback)[]
}

/**
 * A run's config, checked, with its defaults.
 *
 * @throws `AttuneError` `CONFIG` listing every problem, each led by its config path.
 * @example
 * ```ts
 * const { batchSize } = parseRun(config)
 * ```
 */
export function parseRun(config: unknown): ResolvedRun {
  const model = either((value) => value instanceof Module, layerSchema)
  const callback = either(isCallback, callbackSchema)
  const metric = either(isMetric, metricSchema)
  return parse(schemaOf(model, callback, metric), config) as ResolvedRun
}

/**
 * The JSON Schema of a run's config, for editors and for YAML.
 *
 * @example
 * ```ts
 * writeFileSync('attune.schema.json', JSON.stringify(runJsonSchema()))
 * ```
 */
export function runJsonSchema(): Record<string, unknown> {
  return jsonSchema(schemaOf(layerSchema(), callbackSchema(), metricSchema()))
}

function schemaOf(model: z.ZodType, callback: z.ZodType, metric: z.ZodType): z.ZodType {
  return options({
    model,
    data: dataSchema,
    augment: augmentSchema.default([]),
    loss: lossSchema,
    classWeight: oneOf('an array of numbers, one for each class, or "balanced"', [
      list('numbers', number({ from: 0 })),
      z.literal('balanced'),
    ]).optional(),
    metrics: list('metrics', metric).default([]),
    optimizer: optimizerSchema,
    regularizer: regularizerSchema.optional(),
    batchSize: batchSizeSchema.default(32),
    accumulate: wholeNumber(1).default(1),
    epochs: wholeNumber(0).default(10),
    seed: wholeNumber(0).default(0),
    shuffle: flag().default(true),
    callbacks: list('callbacks', callback)
      .default([])
      .refine((all) => all.filter(keepsWeights).length < 2, {
        error: 'one callback at most can keep weights: set `restoreBest` in one of them',
      }),
    threads: wholeNumber(1).max(1024, { error: 'expected at most 1024 threads' }).optional(),
    memoryLimit: wholeNumber(1).optional(),
    name: folderName.optional(),
    runs: text('the folder of run folders').optional(),
  })
}

/** Checks against the schema unless the value is accepted as it is; either way it stays the same. */
function either(accepts: (value: unknown) => boolean, schema: () => z.ZodType): z.ZodType {
  return z.any().superRefine((value, context) => {
    if (accepts(value)) return
    for (const issue of schema().safeParse(value).error?.issues ?? []) {
      context.addIssue({ code: 'custom', message: issue.message, path: issue.path })
    }
  })
}

const folderName = text('a name').refine((name) => !/[/\\\0]|^\.+$/.test(name), {
  error: ({ input }) => `expected a name without slashes, got ${show(input)}`,
})

function keepsWeights(callback: unknown): boolean {
  return (callback as { restoreBest?: unknown }).restoreBest === true
}
