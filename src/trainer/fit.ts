// The loop: schedule values and batches for a chunk of steps, the native run, events, callbacks, save.

import type {
  EndEvent,
  MeasuredEvent,
  Probe,
  Progress,
  TrainingEvent,
  TrainingState,
} from '../callbacks/index.ts'
import type { BatchSize, ResolvedData } from '../data/index.ts'
import { fromNative } from '../errors/index.ts'
import type { RunResult } from '../native.ts'
import { rateAt } from '../optim/index.ts'
import { adaptBatch } from './adapt-batch.ts'
import type { Programs } from './compiled.ts'
import type { Engine } from './engine.ts'
import { diverged } from './diverged.ts'
import { Followers } from './followers.ts'
import type { Follower, Hook } from './followers.ts'
import { measure, measuredAtOnce, Means } from './measure.ts'
import type { Measures } from './measure.ts'
import { probeOf } from './probe.ts'
import type { Position } from './position.ts'
import type { EventQueue } from './queue.ts'
import type { RunFolder } from './run-folder.ts'
import { Timeline } from './timeline.ts'
import { runUpdates, updatesAhead } from './updates.ts'
import type { ChunkResult } from './updates.ts'
import { Windows } from './windows.ts'

/** What `fit` resolves with. */
export interface FitResult {
  /** The `epoch` event of each epoch that was completed. */
  readonly history: readonly MeasuredEvent[]
  /** Epochs completed and steps done in this call. */
  readonly epochs: number
  readonly steps: number
  /** `epochs`, `signal`, or the type of the callback that ended the run. */
  readonly stoppedBy: string
  /** Why a callback ended it. */
  readonly reason?: string
  /** The epoch whose weights a callback kept last, as `earlyStopping` with `restoreBest` does. */
  readonly best?: MeasuredEvent
  /** The file that the weights were written to, where the run has a folder. */
  readonly weights?: string
}

/** What the loop works with. */
export interface Fit {
  readonly engine: Engine
  readonly programs: Programs
  readonly data: ResolvedData
  readonly batchSize: BatchSize
  /** Batches of a step. */
  readonly accumulate: number
  readonly epochs: number
  readonly shuffle: boolean
  readonly callbacks: readonly Follower[]
  readonly position: Position
  readonly signal: AbortSignal
  /** Steps a native call makes; by default as many as take about 50 ms. */
  readonly stepsPerCall: number | undefined
  readonly queue: EventQueue<TrainingEvent>
  readonly folder: RunFolder | undefined
  readonly save: (file: string) => Promise<void>
}

const secondsPerCall = 0.05
const mostSteps = 4096

/** Runs the loop to its end. */
export async function runFit(fit: Fit): Promise<FitResult> {
  return new Loop(fit).run()
}

class Loop {
  readonly #fit: Fit
  readonly #history: MeasuredEvent[] = []
  readonly #followers: Followers
  readonly #windows: Windows
  readonly #probe: Probe
  readonly #from: number
  #timeline: Timeline
  #progress: Progress
  #steps = 1
  #skipped = 0
  #stopped: { readonly by: string; readonly reason?: string } | undefined
  #best: MeasuredEvent | undefined

  constructor(fit: Fit) {
    const { step, epoch } = fit.position
    this.#fit = fit
    this.#from = step
    this.#timeline = this.#rest()
    this.#followers = new Followers(fit.callbacks)
    this.#windows = new Windows(fit.data.train, fit.shuffle, fit.programs.parts)
    const probed = new Windows(fit.data.train, true, fit.programs.parts)
    this.#probe = probeOf(fit.engine, fit.programs, probed, () => fit.position.epoch)
    this.#steps = fit.stepsPerCall ?? 1
    const none = { loss: null, gradientNorm: null, samplesPerSecond: null }
    this.#progress = { ...none, step, epoch, metrics: {}, learningRate: this.#rate(step, epoch, 0) }
  }

  async run(): Promise<FitResult> {
    const { epochs, signal, data, batchSize } = this.#fit
    try {
      this.#emit({ type: 'start', ...this.#progress })
      if (typeof batchSize === 'number' && data.train.length < batchSize) {
        const message = `batchSize ${batchSize}: each step takes all ${data.train.length} samples`
        this.#emit({ type: 'warning', ...this.#progress, message })
      }
      this.#tellSkipped()
      await this.#takeUp()
      await this.#ask('onStart')
      while (this.#history.length < epochs && this.#goesOn()) await this.#epoch()
    } catch (error) {
      await this.#end('error', error).catch(() => undefined) // the first error is the one to tell
      throw error
    }
    const { by, reason } = this.#stopped ?? { by: signal.aborted ? 'signal' : 'epochs' }
    const stoppedBy = this.#history.length === epochs && by === 'signal' ? 'epochs' : by
    return this.#end(stoppedBy, undefined, reason)
  }

  /** Warns of samples that were left out since the last warning. */
  #tellSkipped(): void {
    const { skipped = [] } = this.#fit.data
    const fresh = skipped.slice(this.#skipped)
    this.#skipped = skipped.length
    const [first] = fresh
    if (first === undefined) return
    const example = `${first.sample}: ${first.reason}`
    const message = `data: left out ${fresh.length} samples that could not be used, such as ${example}`
    this.#emit({ type: 'warning', ...this.#progress, message })
  }

  /** Goes on where an interrupted run ended; its weights stand for the copy that a callback kept. */
  async #takeUp(): Promise<void> {
    const { position, engine } = this.#fit
    if (position.callbacks === undefined) return
    this.#followers.restore(position.callbacks)
    await engine.use((session) => session.snapshot())
  }

  async #epoch(): Promise<void> {
    const { data, engine, programs, position, accumulate, signal } = this.#fit
    const samples = data.train.length
    if (position.row === 0) position.epoch++
    const epoch = position.epoch - 1
    const batchSize = this.#timeline.batch(epoch)
    const { average } = programs.parts.optimizer
    const averages = average?.type === 'swa' && epoch >= (average.start ?? 0)
    const means = new Means(programs.parts.metrics)
    let seconds = 0
    let { row } = position
    const begun = row
    while (row < samples && this.#goesOn()) {
      const wanted = Math.min(
        this.#steps,
        this.#followers.stepsUntil(() => this.#state()),
      )
      const window = await this.#windows.at(epoch, row, batchSize * accumulate)
      const steps = updatesAhead({ left: window.end - row, batchSize, accumulate, wanted })
      const rates = Float64Array.from({ length: steps }, (_, i) =>
        this.#rate(position.step + i, epoch, row / (batchSize * accumulate) + i),
      )
      const chunk = { window, epoch, row, batchSize, accumulate, averages, samples }
      const numbers = { firstStep: position.step, learningRates: rates }
      const ahead = { ...chunk, ...numbers }
      const { result } = await runUpdates(engine, programs, ahead, means, signal)
      this.#report(result, rates)
      row += result.steps * result.rows
      position.step += result.steps
      seconds += result.seconds
      this.#adapt(result)
      if (result.steps > 0) await this.#ask('onStep')
      if (result.halted && this.#goesOn()) {
        await this.#halted(result, rates)
        row += result.rows
      }
      position.row = row < samples ? row : 0
      position.callbacks = this.#followers.states()
      await this.#flush()
    }
    if (row < samples) return
    const measured = await this.#validate()
    const details = { ...means.details('train.'), ...measured.details }
    this.#progress = {
      ...this.#progress,
      loss: means.loss,
      metrics: { ...means.metrics('train.'), ...measured.metrics },
      ...(Object.keys(details).length > 0 && { details }),
      samplesPerSecond: (samples - begun) / seconds,
      ...(typeof this.#fit.batchSize === 'object' && { batchSize }),
    }
    if (data.validation !== undefined) await this.#ask('onValidation')
    const event = { type: 'epoch', ...this.#progress } as MeasuredEvent
    this.#history.push(event)
    this.#emit(event)
    this.#tellSkipped()
    await this.#ask('onEpoch')
    await this.#resize()
    await this.#flush()
  }

  /** Lets an adaptive batch follow the noise of the gradient. */
  async #resize(): Promise<void> {
    const { batchSize, position, data } = this.#fit
    if (typeof batchSize !== 'object' || batchSize.type !== 'adaptiveBatch') return
    if (position.epoch % (batchSize.every ?? 1) !== 0 || !this.#goesOn()) return
    const samples = data.train.length
    const { adapted, scale } = await adaptBatch(batchSize, position.batch, this.#probe, samples)
    position.batch = adapted
    position.learningRateScale *= scale
    this.#timeline = this.#rest()
  }

  /** What is left of the run, as it looks now. */
  #rest(): Timeline {
    const { data, batchSize, accumulate, position } = this.#fit
    const epochs = this.#fit.epochs - this.#history.length
    return new Timeline({
      samples: data.train.length,
      batchSize,
      accumulate,
      epochs,
      from: { ...position },
    })
  }

  /** Tells each step of a run. */
  #report(result: ChunkResult, rates: Float64Array): void {
    const { position, queue, folder, batchSize } = this.#fit
    const heard = queue.attached || folder !== undefined || this.#followers.hear
    for (let i = heard ? 0 : Math.max(0, result.steps - 1); i < result.steps; i++) {
      this.#progress = {
        step: position.step + i + 1,
        epoch: position.epoch,
        loss: result.outputs['loss']?.[i] ?? null,
        metrics: led('train.', result.metrics(i)),
        learningRate: rates[i] ?? 0,
        gradientNorm: result.gradientNorms[i] ?? null,
        samplesPerSecond: (result.steps * result.rows) / result.seconds,
        ...(typeof batchSize === 'object' && { batchSize: result.rows }),
      }
      if (heard) this.#emit({ type: 'step', ...this.#progress } as MeasuredEvent)
    }
  }

  async #validate(): Promise<Pick<Measures, 'metrics' | 'details'>> {
    const { data, engine, programs, batchSize } = this.#fit
    if (data.validation === undefined) return { metrics: {} }
    const {
      loss,
      metrics,
      details = {},
    } = await measure(engine, programs, data.validation, measuredAtOnce(batchSize))
    return {
      metrics: { 'val.loss': loss, ...led('val.', metrics) },
      details: led('val.', details),
    }
  }

  /** Makes the next call take about as long as it should; what is computed does not depend on it. */
  #adapt({ steps, seconds }: RunResult): void {
    if (this.#fit.stepsPerCall !== undefined) return
    const fitting = Math.round((steps * secondsPerCall) / seconds)
    this.#steps = Math.max(1, Math.min(fitting || 1, 4 * this.#steps, mostSteps))
  }

  /** Asks the callbacks and does what they decide; whether one wants a bad step left out. */
  async #ask(hook: Hook): Promise<boolean> {
    const { engine, position } = this.#fit
    let skips = false
    for await (const { type, decision } of this.#followers.ask(hook, () => this.#state())) {
      if (decision.keep === true) {
        await engine.use((session) => session.snapshot())
        this.#best = this.#history.at(-1)
      }
      if (decision.restore === true) await engine.use((session) => session.restore())
      position.learningRateScale *= decision.scaleLearningRate ?? 1
      skips ||= decision.skip === true
      if (decision.stop === true) {
        const { reason } = decision
        this.#stopped ??= { by: type, ...(reason !== undefined && { reason }) }
      }
    }
    return skips
  }

  /** A step whose update was not applied: callbacks leave it out or end the run, or it diverged. */
  async #halted(result: RunResult, rates: Float64Array): Promise<void> {
    const { position } = this.#fit
    const error = diverged(result, rates, position)
    const good = this.#progress
    this.#progress = {
      ...good,
      step: position.step + 1,
      epoch: position.epoch,
      loss: result.outputs['loss']?.[result.steps] ?? Number.NaN,
      learningRate: rates[result.steps] ?? 0,
      gradientNorm: result.gradientNorms[result.steps] ?? Number.NaN,
    }
    const skips = await this.#ask('onDiverged')
    this.#progress = good
    if (this.#stopped !== undefined) return
    if (!skips) throw error
    position.step += 1
    this.#emit({ type: 'warning', ...good, message: `left out: ${error.message}` })
  }

  #state(): TrainingState {
    const { data, programs, epochs } = this.#fit
    const numbers = programs.parts.metrics.filter(({ scalar }) => scalar)
    const trained = numbers.filter(({ training }) => training)
    const validated = data.validation === undefined ? [] : numbers
    const metrics = [
      ...trained.map(({ label }) => `train.${label}`),
      ...validated.map(({ label }) => `val.${label}`),
    ]
    const monitors = ['loss', ...(data.validation === undefined ? [] : ['val.loss']), ...metrics]
    return { ...this.#progress, epochs, history: this.#history, monitors, probe: this.#probe }
  }

  /** Whatever ended the run: callbacks put back what they kept, weights are saved, the end is told. */
  async #end(stoppedBy: string, error?: unknown, reason?: string): Promise<FitResult> {
    const { folder, position, save } = this.#fit
    let failure = error
    if (error === undefined && stoppedBy !== 'signal') position.callbacks = undefined
    try {
      await this.#ask('onEnd')
    } catch (late) {
      failure ??= late
    }
    if (folder !== undefined) {
      await save(folder.weights)
      this.#emit({ type: 'checkpoint', ...this.#progress, file: folder.weights })
    }
    const why = reason === undefined ? {} : { reason }
    const end: EndEvent = { type: 'end', ...this.#progress, stoppedBy, ...why }
    if (failure === undefined) this.#emit(end)
    else {
      const { code, message } = fromNative(failure)
      this.#emit({ ...end, stoppedBy: 'error', error: { code, message } })
    }
    try {
      await this.#followers.tell()
    } catch (late) {
      failure ??= late
    }
    await folder?.flush()
    if (failure !== undefined) throw failure
    return {
      history: this.#history,
      epochs: this.#history.length,
      steps: position.step - this.#from,
      stoppedBy,
      ...why,
      ...(this.#best && { best: this.#best }),
      ...(folder && { weights: folder.weights }),
    }
  }

  #goesOn(): boolean {
    return this.#stopped === undefined && !this.#fit.signal.aborted
  }

  #rate(step: number, epoch: number, within: number): number {
    const { learningRate } = this.#fit.programs.parts.optimizer
    const rate = rateAt(learningRate, this.#timeline.moment(step, epoch, within))
    return rate * this.#fit.position.learningRateScale
  }

  #emit(event: TrainingEvent): void {
    this.#fit.queue.push(event)
    this.#fit.folder?.record(event)
    this.#followers.note(event)
  }

  async #flush(): Promise<void> {
    await this.#fit.folder?.flush()
    await this.#followers.tell()
    await this.#fit.queue.room()
  }
}

function led<Value>(
  prefix: string,
  values: Readonly<Record<string, Value>>,
): Record<string, Value> {
  return Object.fromEntries(Object.entries(values).map(([name, value]) => [prefix + name, value]))
}
