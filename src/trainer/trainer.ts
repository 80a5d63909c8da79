// Trainer: a described run and its weights: fit, evaluate, predict, plan, save, load.

import { join } from 'node:path'

import { callbackOf, isCallback } from '../callbacks/index.ts'
import type { TrainingEvent } from '../callbacks/index.ts'
import { parse, wholeNumber } from '../config/index.ts'
import { fromArrays, resolveData } from '../data/index.ts'
import type {
  DataConfig,
  Part,
  Preparation,
  RawSamples,
  ResolvedData,
  Source,
} from '../data/index.ts'
import { AttuneError } from '../errors/index.ts'
import { metricsOf } from '../metrics/index.ts'
import type { Metric } from '../metrics/index.ts'
import { layer } from '../nn/index.ts'
import type { Module } from '../nn/index.ts'
import type { Programs } from './compiled.ts'
import { evaluateOn } from './evaluate.ts'
import type { EvaluateOptions } from './evaluate.ts'
import { runFit } from './fit.ts'
import type { FitResult } from './fit.ts'
import { checkSamples } from './labels.ts'
import { inspectLayers } from './inspect.ts'
import type { Inspection, Plan } from './inspect.ts'
import { measuredAtOnce } from './measure.ts'
import type { Measures } from './measure.ts'
import { atStart, positionOf } from './position.ts'
import { predict } from './predict.ts'
import type { Prediction, Samples, Told } from './predict.ts'
import { preview } from './preview.ts'
import type { Preview, PreviewOptions } from './preview.ts'
import { profile } from './profile.ts'
import type { Profile } from './profile.ts'
import { tracePrediction, traceTraining } from './programs.ts'
import { EventQueue } from './queue.ts'
import { pick } from './pick.ts'
import { makeReady } from './ready.ts'
import type { Ready } from './ready.ts'
import { RunFolder } from './run-folder.ts'
import { requireSamePreparation } from './same-preparation.ts'
import { configJson, metadataOf, readSaved } from './saved.ts'
import type { Saved } from './saved.ts'
import { parseRun } from './schema.ts'
import type { ResolvedRun, RunConfig } from './schema.ts'
import { readWeights, writeWeights } from './states.ts'
import { learningRates, Timeline } from './timeline.ts'
import type { ViewOptions } from './views.ts'
import { Windows } from './windows.ts'

/** Options of `fit`. */
export interface FitOptions {
  /** Ends the run after the step it is in; what was awaited resolves with `stoppedBy: 'signal'`. */
  readonly signal?: AbortSignal | undefined
  /** Steps a native call makes. Default: as many as take about 50 ms. Results do not depend on it. */
  readonly stepsPerCall?: number | undefined
}

/** A training that goes on: await its result, or iterate over its events. */
export type FitRun = Promise<FitResult> & AsyncIterable<TrainingEvent>

/** What a trainer runs on, for functions that stand beside it. */
export let readyOf: (trainer: Trainer) => Promise<Ready>

/**
 * A run as one value, and the weights that come of it.
 *
 * Data are loaded and weights made when they are first needed. `predict`, `evaluate` and `save` may
 * be called while `fit` goes on: they are answered between two native calls.
 *
 * @example
 * ```ts
 * const trainer = new Trainer({
 *   model: sequential([flatten(), dense({ units: 10 })]),
 *   data: datasets.digits(), loss: crossEntropy(), metrics: [accuracy()],
 *   optimizer: adam(), epochs: 5, seed: 0,
 * })
 * const { history } = await trainer.fit()
 * ```
 */
export class Trainer {
  /** The run's config with its defaults. */
  readonly config: ResolvedRun
  readonly #module: Module
  readonly #metrics: readonly Metric[]
  readonly #position = atStart()
  #saved: Saved | undefined
  /** What is known of the data without reading them. */
  #told: Told | undefined
  #data: Promise<ResolvedData> | undefined
  #ready: Promise<Ready> | undefined
  #fitting = false

  static {
    readyOf = (trainer) => trainer.#prepare()
  }

  /** @throws `AttuneError` `CONFIG` listing every problem of the config. */
  constructor(config: RunConfig) {
    this.config = parseRun(config)
    const { model } = this.config
    this.#module = layer(model, 'model')
    this.#metrics = metricsOf(this.config.metrics, 'metrics')
  }

  /**
   * Trains for another `epochs` epochs. A later call goes on from where an earlier one ended.
   *
   * `for await` gets every event from the start, if it begins at once; leaving the loop ends the
   * run like the signal. The promise rejects with `DIVERGED` where a loss or gradient becomes NaN
   * or infinite (the last good weights stay), `IO` where the run folder cannot be written, `DATA`,
   * `SHAPE` or `MEMORY` for what cannot run at all, and with what a callback throws.
   */
  fit(options: FitOptions = {}): FitRun {
    const leave = new AbortController()
    const queue = new EventQueue<TrainingEvent>(() => leave.abort())
    const { signal } = options
    const run = this.#fit(
      options,
      queue,
      AbortSignal.any([leave.signal, ...(signal ? [signal] : [])]),
    )
    run.then(
      () => queue.end(),
      (error: unknown) => queue.end(error),
    )
    return Object.assign(run, {
      [Symbol.asyncIterator](): AsyncIterator<TrainingEvent> {
        run.catch(() => undefined) // the loop throws it
        return queue[Symbol.asyncIterator]()
      },
    })
  }

  /**
   * The mean loss and metrics over a part of the run's data (default: `test`, or `validation` where
   * there is none), or over all samples of other data, brought to scale like the run's own. Other
   * metrics and a classification report may be asked for.
   *
   * @throws `AttuneError` `CONFIG` for other data that are prepared in another way than the run's own,
   *   such as a table, whose steps would be fitted anew: give it as the `test` part of the run's data.
   */
  async evaluate(data?: Part | DataConfig, options: EvaluateOptions = {}): Promise<Measures> {
    const { engine, programs } = await this.#prepare()
    const { seed, loss } = this.config
    const batchSize = measuredAtOnce(this.config.batchSize)
    const measured = (samples: Source, classes?: readonly string[]): Promise<Measures> =>
      evaluateOn(engine, programs, { samples, batchSize, loss, classes }, options)
    const other =
      typeof data === 'object' ? await resolveData(data, { seed }, 'evaluate') : undefined
    if (other !== undefined) {
      checkSamples(other, programs.parts)
      requireSamePreparation(other, this.#told ?? {})
      return measured(other.test ?? other.train, this.#told?.classes ?? other.classes)
    }
    const own = await this.#checkedData(programs)
    const part = (data ?? (own.test === undefined ? 'validation' : 'test')) as Part
    const samples = own[part]
    if (samples !== undefined) return measured(samples, own.classes)
    const message = `evaluate: expected a part of the data, and there is no ${part} part: give data`
    throw new AttuneError('CONFIG', message)
  }

  /**
   * The model's outputs for samples that are like those of the data set, before normalisation; or
   * for files, rows or texts as the data set was read from, which go through the same preparation.
   */
  async predict(samples: Samples | RawSamples, options: ViewOptions = {}): Promise<Prediction> {
    const { engine, programs } = await this.#prepare()
    const batch = measuredAtOnce(this.config.batchSize)
    return predict(engine, programs, samples, batch, this.#told ?? {}, options)
  }

  /** How raw samples become those of the model, of a trainer that `load` made or whose data are read. */
  get preparation(): Preparation | undefined {
    return this.#told?.preparation
  }

  /**
   * Training samples as steps see them, changed by `augment`, before they are brought to scale: the
   * first ones of an epoch in its order.
   *
   * @param options.samples how many. Default: 16, or as many as there are.
   * @param options.epoch counted from 0. Default: 0.
   */
  async preview(options: PreviewOptions = {}): Promise<Preview> {
    const { engine, programs } = await this.#prepare()
    const { train, classes } = await this.#checkedData(programs)
    const windows = new Windows(train, this.config.shuffle, programs.parts)
    return { ...(await preview(engine, programs, windows, options)), classes }
  }

  /**
   * The bytes and kernel calls of a step of training on the run's largest batch. Beside the weights
   * nothing is allocated.
   */
  async plan(): Promise<Plan> {
    const { engine, programs } = await this.#prepare()
    const { train } = await this.#checkedData(programs)
    const { json } = traceTraining(programs.parts, this.#timeline(train.length).largestBatch())
    return engine.use((session) => JSON.parse(session.plan(json)) as Plan)
  }

  /** The layers with shapes, weights and operations, and the plan. */
  async inspect(): Promise<Inspection> {
    const { engine, programs } = await this.#prepare()
    const { json } = tracePrediction(programs.parts, 1)
    const forward = await engine.use((session) => JSON.parse(session.plan(json)) as Plan)
    const layers = inspectLayers(programs.parts, forward)
    const parameters = layers.reduce((sum, one) => sum + one.parameters, 0)
    const { train } = await this.#checkedData(programs)
    const batch = this.#timeline(train.length).largestBatch()
    return { layers, parameters, flops: forward.flops, batch, plan: await this.plan() }
  }

  /** The learning rate of each step of the next `fit`, if no callback and no adaptive batch changes it. */
  async learningRates(): Promise<Float64Array> {
    const { programs } = await this.#prepare()
    const { train } = await this.#checkedData(programs)
    const timeline = this.#timeline(train.length)
    const rates = learningRates(programs.parts.optimizer.learningRate, timeline)
    return rates.map((rate) => rate * this.#position.learningRateScale)
  }

  /**
   * Where the time of a training step goes, measured over `steps` steps on full batches. The weights
   * stay as they are.
   *
   * @throws `AttuneError` `CONFIG` where `steps` is no whole number of at least 1.
   */
  async profile({ steps = 20 }: { readonly steps?: number } = {}): Promise<Profile> {
    const count = parse(wholeNumber(1), steps, 'profile.steps')
    const { engine, programs } = await this.#prepare()
    const { train } = await this.#checkedData(programs)
    const batch = this.#timeline(train.length).batch(this.#position.epoch)
    const windows = new Windows(train, false, programs.parts)
    return profile(engine, programs, await windows.at(0, 0, batch), batch, count)
  }

  /**
   * The weights and running statistics by name, as copies.
   *
   * @param options.averaged the weights that are evaluated: their average where the optimizer keeps
   *   one. Default: false, the weights that are trained.
   */
  async weights({ averaged = false }: { readonly averaged?: boolean } = {}): Promise<
    Record<string, Float32Array>
  > {
    const { engine } = await this.#prepare()
    return engine.use((session) => readWeights(session, averaged))
  }

  /**
   * Replaces weights and running statistics by name; others stay. Averages begin again.
   *
   * @throws `AttuneError` `CONFIG` for a name that the model has not, `SHAPE` for another length.
   */
  async setWeights(weights: Readonly<Record<string, Float32Array>>): Promise<void> {
    const { engine } = await this.#prepare()
    await engine.use((session) => writeWeights(session, weights))
  }

  /**
   * Writes weights, optimizer state and the config to a safetensors file; it appears whole or not
   * at all. `Trainer.load` makes a trainer of it. Where the optimizer averages weights, the average
   * stands under their names, and the trained weights beside it.
   */
  async save(file: string): Promise<void> {
    const { engine, programs } = await this.#prepare()
    const { classes, preparation } = this.#told ?? {}
    const { columns, normalisation } = programs.parts.signature
    const { classWeight } = programs.parts
    const config = { ...configJson(this.config), ...(classWeight && { classWeight }) }
    const told = { columns, normalisation, preparation, classes }
    const saved: Saved = { version: 1, config, ...told, ...this.#position }
    await engine.use((session) => session.save(file, metadataOf(saved)))
  }

  /**
   * A trainer with the config and weights of a file that `save` or a run wrote. It predicts at
   * once; data are loaded when they are needed.
   *
   * @param changes parts of the config to replace: a model that was an instance of a class, data
   *   that were arrays. Modules in the config must have been registered.
   * @throws `AttuneError` `IO`, `CORRUPT`, or `CONFIG` for what the file cannot tell.
   */
  static async load(file: string, changes: Partial<RunConfig> = {}): Promise<Trainer> {
    const saved = await readSaved(file)
    const { name: _, runs: __, ...config } = { ...saved.config, ...changes } as unknown as RunConfig
    if ((config.model as unknown) === null) {
      const message = `${file}: the model was an instance of a class: give it as \`model\``
      throw new AttuneError('CONFIG', message)
    }
    const data = config.data ?? fromArrays({ x: [], y: [] })
    const trainer = new Trainer({ ...config, data, ...pick(changes, ['name', 'runs']) })
    trainer.#saved = saved
    trainer.#told = saved
    Object.assign(trainer.#position, positionOf(saved))
    const { engine, programs } = await trainer.#prepare()
    await programs.declareOptimizer()
    await engine.use((session) => session.load(file))
    return trainer
  }

  async #fit(
    { stepsPerCall }: FitOptions,
    queue: EventQueue<TrainingEvent>,
    signal: AbortSignal,
  ): Promise<FitResult> {
    if (this.#fitting) {
      const message = 'fit: this trainer is being fitted: await that run, or make another trainer'
      throw new AttuneError('CONFIG', message)
    }
    this.#fitting = true
    let folder: RunFolder | undefined
    try {
      const { config } = this
      if (stepsPerCall !== undefined) parse(wholeNumber(1), stepsPerCall, 'fit.stepsPerCall')
      folder = await this.#folder()
      const { engine, programs } = await this.#prepare()
      const data = await this.#checkedData(programs)
      if (data.split !== undefined) await folder?.recordSplit(data.split)
      return await runFit({
        engine,
        programs,
        data,
        batchSize: config.batchSize,
        accumulate: config.accumulate,
        epochs: config.epochs,
        shuffle: config.shuffle,
        callbacks: config.callbacks.map((callback, i) => ({
          type: isCallback(callback) ? 'callback' : callback.type,
          callback: callbackOf(callback, `callbacks.${i}`),
        })),
        position: this.#position,
        signal,
        stepsPerCall,
        queue,
        folder,
        save: (file) => this.save(file),
      })
    } finally {
      this.#fitting = false
      await folder?.close()
    }
  }

  async #folder(): Promise<RunFolder | undefined> {
    const { name, runs } = this.config
    if (name === undefined && runs === undefined) return undefined
    return RunFolder.create(join(runs ?? 'runs', name ?? 'run'), configJson(this.config))
  }

  #prepare(): Promise<Ready> {
    this.#ready ??= this.#make().catch((error: unknown) => {
      this.#ready = undefined
      throw error
    })
    return this.#ready
  }

  async #make(): Promise<Ready> {
    const signature = this.#saved ?? (await this.#resolve())
    const train = async (): Promise<Source> => (await this.#resolve()).train
    return makeReady(this.config, this.#module, this.#metrics, signature, train)
  }

  #resolve(): Promise<ResolvedData> {
    const { data } = this.config
    const empty = data.type === 'arrays' && data.arrays.x.length === 0
    if (this.#saved?.config['data'] === null && empty) {
      const message =
        'data: they were samples themselves, which no file holds: give `data` to `Trainer.load`'
      throw new AttuneError('CONFIG', message)
    }
    this.#data ??= this.#load().catch((error: unknown) => {
      this.#data = undefined
      throw error
    })
    return this.#data
  }

  async #load(): Promise<ResolvedData> {
    const { data, seed } = this.config
    const resolved = await resolveData(data, { seed })
    this.#told ??= resolved
    return resolved
  }

  async #checkedData(programs: Programs): Promise<ResolvedData> {
    const data = await this.#resolve()
    checkSamples(data, programs.parts)
    return data
  }

  /** The next `fit` before it runs. */
  #timeline(samples: number): Timeline {
    const { batchSize, accumulate, epochs } = this.config
    return new Timeline({ samples, batchSize, accumulate, epochs, from: this.#position })
  }
}
