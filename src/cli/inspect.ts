// `attune inspect`: layers, output shapes, parameters, operations and planned memory of a config.

import { Trainer } from '../trainer/index.ts'
import { readConfig } from './config-file.ts'
import { writeLine } from './io.ts'
import type { CommonOptions, Io } from './io.ts'
import { drawSchedule } from './schedule.ts'
import { table } from './table.ts'

/** Options of `inspect`. */
export interface InspectOptions extends CommonOptions {
  /** The learning rate is drawn instead; a name of an SVG file writes it there as well. */
  readonly schedule?: string | true
}

/**
 * Prints the model laid open, or draws the schedule; the exit code.
 *
 * @example
 * ```ts
 * process.exitCode = await inspect('digits-cnn', { set: [] }, io)
 * ```
 */
export async function inspect(source: string, options: InspectOptions, io: Io): Promise<number> {
  const { config } = await readConfig(source, options)
  const trainer = new Trainer(config)
  if (options.schedule !== undefined) return drawSchedule(trainer, options.schedule, options, io)
  const { layers, parameters, flops, batch, plan } = await trainer.inspect()
  if (options.json === true) {
    for (const { type, ...one } of layers) writeLine(io, { type: 'layer', layer: type, ...one })
    writeLine(io, { type: 'plan', batch, ...plan })
    writeLine(io, { type: 'end', parameters, flops, peakBytes: plan.peakBytes })
    return 0
  }
  const rows = layers.map((one) => [
    one.path,
    one.type,
    `[${one.output.join(', ')}]`,
    count(one.parameters),
    count(one.flops),
  ])
  io.out(table([['layer', 'type', 'output', 'parameters', 'FLOPs'], ...rows]))
  io.out(`\n${count(parameters)} parameters, ${count(flops)} FLOPs a sample forward\n`)
  io.out(
    `one step of batch ${batch}: ${count(plan.flops)} FLOPs, ${plan.launches.length} kernel calls\n`,
  )
  const memory = [
    [bytes(plan.peakBytes), 'at the peak'],
    [bytes(plan.stateBytes), 'weights'],
    [bytes(plan.optimizerBytes), 'optimizer'],
    [bytes(plan.panelBytes), 'weights as matrix products read them'],
    [bytes(plan.arenaBytes), 'activations and gradients'],
  ]
  io.out(table(memory))
  return 0
}

function count(value: number): string {
  return value.toLocaleString('en')
}

function bytes(value: number): string {
  if (value < 1024) return `${value} B`
  return value < 1024 ** 2
    ? `${(value / 1024).toFixed(1)} KiB`
    : `${(value / 1024 ** 2).toFixed(1)} MiB`
}
