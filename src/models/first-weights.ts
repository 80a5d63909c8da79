// The first weights of language models, as nanoGPT draws them. Radford et al. 2019.

import type { Initializer } from '../nn/index.ts'

/** Of embeddings and linear maps. */
export const normal: Initializer = { type: 'normal', deviation: 0.02 }

/**
 * Of what goes onto the residual path: smaller, the more blocks add to it.
 *
 * @example
 * ```ts
 * dense({ units: 768, weightInitializer: ontoResidual(12) })
 * ```
 */
export function ontoResidual(layers: number): Initializer {
  return { type: 'normal', deviation: 0.02 / Math.sqrt(2 * layers) }
}
