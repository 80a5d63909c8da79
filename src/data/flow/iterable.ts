// Data out of anything that can be iterated over: read whole into memory, or sample by sample as a
// run needs them.

import { z } from 'zod'

import { choice, oneOf, options, show, text, wholeNumber } from '../../config/index.ts'
import { AttuneError, guarded } from '../../errors/index.ts'
import type { NativeDataSet } from '../../native.ts'
import type { DType } from '../../tensor/index.ts'
import { columnsOf } from '../columns.ts'
import type { DataDefinition, ResolvedData } from '../define.ts'
import { normalisation, normalise } from '../normalise.ts'
import type { Normalise } from '../normalise.ts'
import { onBadSample } from '../on-bad-sample.ts'
import type { OnBadSample } from '../on-bad-sample.ts'
import { isValidationSize, splitOff, validationFrom, validationSize } from '../split.ts'
import type { ValidationFrom, ValidationSize } from '../split.ts'
import { Collector } from './collector.ts'
import { Flow, flow } from './flow.ts'
import type { Feed, Pass } from './flow.ts'
import { cached } from './cache-folder.ts'
import { typesOf } from './gathered.ts'
import type { Sample } from './gathered.ts'
import { StreamedSamples } from './streamed-samples.ts'

/** SampleSource one after another, or a function that begins them anew for each epoch. */
export type SampleSource = Feed<Sample> | Flow<Sample> | ((pass: Pass) => Feed<Sample>)

/** Options of `fromIterable`. */
export interface FromIterableOptions {
  /**
   * SampleSource of an epoch, for what does not fit in memory: they are read as steps need them, in the
   * order in which they come, and an epoch that gives fewer is an error. Default: all are read
   * before training and held in memory.
   */
  readonly samples?: number | undefined
  /**
   * A folder in which the samples are written once; they are mapped into memory from there, in this
   * run and in later ones, which do not read the source again. Remove it when the source changes.
   * Default: none.
   */
  readonly cache?: string | undefined
  /** The shape of one input, where `x` is flat. Default: as it comes. */
  readonly shape?: readonly number[] | undefined
  /** The type of targets. Default: `int32` where the first is of whole numbers, else `float32`. */
  readonly targetType?: DType | undefined
  /** The names of the classes, in the order of the labels. Default: none. */
  readonly classes?: readonly string[] | undefined
  /** SampleSource of their own, or a fraction or number of those in memory. Default: 0. */
  readonly validation?: ValidationSize | SampleSource | undefined
  /** Default: `random`, drawn by the run's seed. */
  readonly validationFrom?: ValidationFrom | undefined
  /** SampleSource to measure with after training. Default: none. */
  readonly test?: SampleSource | undefined
  /** Of samples in memory. Default: `none`. */
  readonly normalise?: Normalise | undefined
  /** What becomes of samples unlike the first, and of NaN. Default: `error`. */
  readonly onBadSample?: OnBadSample | undefined
}

/** The config of `fromIterable`; it holds values, and so is no JSON. */
export interface IterableConfig extends FromIterableOptions {
  readonly type: 'iterable'
  readonly source: SampleSource
}

type ResolvedIterable = IterableConfig & {
  readonly validation: ValidationSize | SampleSource
  readonly validationFrom: ValidationFrom
  readonly normalise: Normalise
  readonly onBadSample: OnBadSample
}

/**
 * SampleSource `{ x, y }` out of an array, a generator, a stream of objects or a `Flow`.
 *
 * @example
 * ```ts
 * fromIterable(readRows('sensors.jsonl'), { validation: 0.1 })
 * fromIterable(flow(shards).map(decode).shuffle({ buffer: 4096 }), { samples: 1_000_000 })
 * ```
 */
export function fromIterable(
  source: SampleSource,
  given: FromIterableOptions = {},
): IterableConfig {
  return { type: 'iterable', source, ...given }
}

const samples: z.ZodType<SampleSource, SampleSource> = z.custom<SampleSource>(
  (value) =>
    typeof value === 'function' ||
    (typeof value === 'object' &&
      value !== null &&
      (Symbol.iterator in value || Symbol.asyncIterator in value)),
  {
    error: ({ input }) =>
      `expected samples { x, y } that can be iterated over, or a function that begins them, got ${show(input)}`,
  },
)

/** How `fromIterable` is checked and loaded. */
export const iterableData: DataDefinition<IterableConfig, ResolvedIterable> = {
  type: 'iterable',
  schema: options({
    type: z.literal('iterable'),
    source: samples,
    samples: wholeNumber(1).optional(),
    cache: text('a folder').optional(),
    shape: z.array(wholeNumber(1)).optional(),
    targetType: choice(['float32', 'int32', 'uint8']).optional(),
    classes: z.array(z.string()).optional(),
    validation: oneOf('a fraction, a number of samples, a fold, or samples { x, y }', [
      validationSize,
      samples,
    ]).default(0),
    validationFrom: validationFrom.default('random'),
    test: samples.optional(),
    normalise: normalise.default('none'),
    onBadSample: onBadSample.default('error'),
  }),
  load: async (config, seed, where) => {
    const { samples: count } = config
    return count === undefined ? whole(config, seed, where) : streamed(config, count, seed, where)
  },
}

/** Everything in memory. */
async function whole(config: ResolvedIterable, seed: number, where: string): Promise<ResolvedData> {
  const { source, validation, validationFrom: from, test } = config
  const collector = new Collector(config)
  const read = (given: SampleSource, name: string): Promise<NativeDataSet> =>
    guarded(collector.all(flowOf(given).epoch({ seed })), `${where}.${name}`)
  const pass = (): AsyncIterable<Sample> => flowOf(source).epoch({ seed })
  const all =
    config.cache === undefined
      ? await read(source, 'source')
      : await guarded(cached(config.cache, collector, pass), `${where}.source`)
  const split = isValidationSize(validation)
    ? splitOff(all, validation, from, seed, where)
    : { train: all, validation: await read(validation, 'validation') }
  return {
    ...split,
    test: test && (await read(test, 'test')),
    columns: columnsOf(all),
    classes: config.classes,
    skipped: collector.skipped,
    normalisation: normalisation(split.train, config.normalise),
  }
}

/** Training samples as steps need them; those to measure with are held in memory. */
async function streamed(
  config: ResolvedIterable,
  count: number,
  seed: number,
  where: string,
): Promise<ResolvedData> {
  const { source, validation, test, normalise: scaling } = config
  if (scaling !== 'none' || (isValidationSize(validation) && validation !== 0)) {
    const [option, came] = scaling === 'none' ? ['validation', validation] : ['normalise', scaling]
    const expected = option === 'validation' ? 'samples of their own' : '`none`'
    const message = `${where}.${option}: expected ${expected} where \`samples\` is given, got ${show(came)}`
    throw new AttuneError('CONFIG', message)
  }
  const collector = new Collector(config)
  const read = (given: SampleSource, name: string): Promise<NativeDataSet> =>
    guarded(collector.all(flowOf(given).epoch({ seed })), `${where}.${name}`)
  const open = StreamedSamples.open(flowOf(source), count, seed, collector)
  const train = await guarded(open, `${where}.source`)
  return {
    train,
    validation: isValidationSize(validation) ? undefined : await read(validation, 'validation'),
    test: test && (await read(test, 'test')),
    columns: typesOf(train.kind),
    classes: config.classes,
    skipped: collector.skipped,
    normalisation: { shift: 0, scale: 1 },
  }
}

function flowOf(given: SampleSource): Flow<Sample> {
  return given instanceof Flow ? given : flow(given)
}
