// `attune inspect --schedule`: the learning rate of each step of a run, drawn before it runs.

import { writeFile } from 'node:fs/promises'

import { AttuneError } from '../errors/index.ts'
import type { Trainer } from '../trainer/index.ts'
import { writeLine } from './io.ts'
import type { Io } from './io.ts'
import { plot, readable } from './plot.ts'
import { svg } from './svg.ts'

const rows = 12

/**
 * Draws the learning rate; the exit code.
 *
 * @param file an SVG file to write as well; `true` for none.
 * @throws `AttuneError` `IO` where the file cannot be written.
 * @example
 * ```ts
 * process.exitCode = await drawSchedule(trainer, 'rate.svg', { json: false }, io)
 * ```
 */
export async function drawSchedule(
  trainer: Trainer,
  file: string | true,
  { json }: { readonly json?: boolean | undefined },
  io: Io,
): Promise<number> {
  const rates = await trainer.learningRates()
  const { epochs } = trainer.config
  const [first = 0, last = 0] = [rates[0], rates.at(-1)]
  const label = `${rates.length.toLocaleString('en')} steps, ${epochs.toLocaleString('en')} epochs`
  if (file !== true) {
    const options = {
      title: 'Learning rate',
      horizontal: `step (${label})`,
      vertical: 'learning rate',
    }
    await writeFile(file, svg(rates, options)).catch((cause: unknown) => {
      const message = `${file}: cannot be written (${(cause as Error).message}): choose another`
      throw new AttuneError('IO', message, { cause })
    })
  }
  if (json === true) {
    rates.forEach((learningRate, step) => writeLine(io, { type: 'rate', step, learningRate }))
    writeLine(io, { type: 'end', steps: rates.length, ...(file !== true && { file }) })
    return 0
  }
  const height = rates.reduce((most, rate) => Math.max(most, rate), 0)
  io.out(
    `learning rate: ${readable(first)} first, ${readable(height)} highest, ${readable(last)} last\n`,
  )
  io.out(plot(rates, { width: Math.min(100, io.columns), height: rows, label: `step (${label})` }))
  if (file !== true) io.out(`wrote ${file}\n`)
  return 0
}
