// What a layer answers to a bad config or to inputs that do not fit.

import { layer, Tensor, trace } from '../../src/index.ts'
import type { LayerConfig } from '../../src/index.ts'

/** The code and message of the error that the layer throws on zeros of these shapes, or `none`. */
export function refusal(config: LayerConfig, ...shapes: readonly (readonly number[])[]): string {
  try {
    const module = layer(config)
    const inputs = shapes.map((shape) => Tensor.zeros(shape))
    trace(module, 'train', () => module.forward(...inputs))
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    return `${code} ${message}`
  }
  return 'none'
}
