// What a person sees of a training: a line that is redrawn, and one line for each epoch.

import { performance } from 'node:perf_hooks'

import type { MeasuredEvent, TrainingEvent } from '../callbacks/index.ts'
import type { Io } from './io.ts'
import { sparkline } from './sparkline.ts'

const redrawMilliseconds = 100
const kept = 2000

/** Shows events as they come. */
export class Progress {
  readonly #io: Io
  readonly #epochs: number
  readonly #losses: number[] = []
  #began = performance.now()
  #drawn = 0
  #first = 0
  #stepsPerEpoch: number | undefined

  /** @param epochs how many this training takes. */
  constructor(io: Io, epochs: number) {
    this.#io = io
    this.#epochs = epochs
  }

  show(event: TrainingEvent): void {
    if (event.type === 'start') {
      this.#began = performance.now()
      this.#first = event.step
    }
    if (event.type === 'step') this.#step(event)
    if (event.type === 'epoch') this.#epoch(event)
    if (event.type === 'warning') this.#line(`warning: ${event.message}`)
    if (event.type === 'checkpoint') this.#line(`saved ${event.file}`)
    if (event.type === 'end' && event.stoppedBy === 'signal') this.#line('interrupted')
    if (event.type === 'end' && event.reason !== undefined) this.#line(event.reason)
  }

  #step(event: MeasuredEvent): void {
    this.#losses.push(event.loss)
    if (this.#losses.length > kept) this.#losses.splice(0, kept / 2)
    const now = performance.now()
    if (!this.#io.tty || now - this.#drawn < redrawMilliseconds) return
    this.#drawn = now
    const parts = [
      `epoch ${event.epoch}/${this.#epochs}`,
      `${Math.round(event.samplesPerSecond).toLocaleString('en')} samples/s`,
      `${this.#left(event, now)} left`,
      `loss ${event.loss.toFixed(4)}`,
      sparkline(this.#losses, 24),
    ]
    this.#io.out(`\r\u001b[K${parts.join('  ').slice(0, this.#io.columns - 1)}`)
  }

  #epoch(event: MeasuredEvent): void {
    const { step, epoch, loss, metrics } = event
    this.#stepsPerEpoch ??= step - this.#first
    const named = Object.entries({ loss, ...metrics })
    const values = named.map(([name, value]) => `${name} ${value.toFixed(4)}`)
    this.#line([`epoch ${epoch}/${this.#epochs}`, ...values].join('  '))
  }

  /** Time to the end at the pace so far; unknown before the first epoch is over. */
  #left({ step }: MeasuredEvent, now: number): string {
    if (this.#stepsPerEpoch === undefined) return '-:--'
    const done = step - this.#first
    const pace = (now - this.#began) / 1000 / done
    const seconds = Math.max(0, Math.round((this.#stepsPerEpoch * this.#epochs - done) * pace))
    return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
  }

  #line(text: string): void {
    this.#io.out(`${this.#io.tty ? '\r\u001b[K' : ''}${text}\n`)
  }
}
