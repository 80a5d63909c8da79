// The batch of a run that follows the noise of its gradient: measured after epochs, doubled at most.

import type { Probe } from '../callbacks/index.ts'
import { measuredNoise, noiseScale } from '../data/index.ts'
import type { AdaptiveBatchConfig, NoiseMemory } from '../data/index.ts'

/** What an adaptive batch remembers; it is part of a trainer's position. */
export interface AdaptedBatch {
  readonly size: number
  readonly noise: NoiseMemory
}

const factors = { sqrt: Math.SQRT2, linear: 2, constant: 1 }

/**
 * Measures the noise and doubles the batch where that pays; what the learning rate is multiplied by.
 *
 * @param samples how many there are to train on; no batch is larger.
 * @example
 * ```ts
 * const { adapted, scale } = await adaptBatch(config, undefined, probe, 1438)
 * ```
 */
export async function adaptBatch(
  config: AdaptiveBatchConfig,
  before: AdaptedBatch | undefined,
  probe: Probe,
  samples: number,
): Promise<{ readonly adapted: AdaptedBatch; readonly scale: number }> {
  const { initial, max, samples: measured = 128, smoothing = 0.5, learningRate = 'sqrt' } = config
  const size = before?.size ?? initial
  const noise = measuredNoise(await probe.gradientMoments(measured), before?.noise, smoothing)
  const grows = 2 * size <= Math.min(max, samples, noiseScale(noise))
  return {
    adapted: { size: grows ? 2 * size : size, noise },
    scale: grows ? factors[learningRate] : 1,
  }
}
