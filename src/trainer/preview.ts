// Training samples as the steps of a run see them.

import { parse, wholeNumber } from '../config/index.ts'
import type { Programs } from './compiled.ts'
import type { Engine } from './engine.ts'
import type { Windows } from './windows.ts'

/** Options of `preview`. */
export interface PreviewOptions {
  readonly samples?: number | undefined
  readonly epoch?: number | undefined
}

/** Some training samples. */
export interface Preview {
  /** Inputs, one after another, as numbers of the scale that they are stored in. */
  readonly x: Float32Array
  /** The number of samples and the shape of one input. */
  readonly shape: readonly number[]
  /** Targets, one after another. */
  readonly y: Float32Array
  /** The names of the classes, where there are any. */
  readonly classes?: readonly string[] | undefined
}

/**
 * The first samples of an epoch in its order, changed as training changes them.
 *
 * @throws `AttuneError` `CONFIG` where `samples` or `epoch` is no whole number.
 * @example
 * ```ts
 * const { x, shape } = await preview(engine, programs, windows, { samples: 16 })
 * ```
 */
export async function preview(
  engine: Engine,
  programs: Programs,
  windows: Windows,
  { samples = 16, epoch = 0 }: PreviewOptions,
): Promise<Preview> {
  const wanted = Math.min(parse(wholeNumber(1), samples, 'preview.samples'), windows.length)
  const from = parse(wholeNumber(0), epoch, 'preview.epoch')
  const { dataset, shuffle, shape, begin } = await windows.at(from, 0, wanted)
  const { id, output } = await programs.get('batch', wanted, shape)
  const request = { steps: 1, firstStep: 0, dataset, shuffle, epoch: from, first: 0, begin }
  const { outputs } = await engine.run(id, request)
  return { x: outputs['x'] as Float32Array, shape: output, y: outputs['y'] as Float32Array }
}
