// What predictions mean: the likeliest class with its probability, or values as they are.

import type { LossConfig } from '../nn/index.ts'
import type { Prediction } from '../trainer/index.ts'

/** The prediction for one sample. */
export interface Answer {
  readonly index: number
  /** The sample's file, row or text, where it has one. */
  readonly name?: string
  readonly label?: string
  readonly class?: number
  readonly probability?: number
  readonly probabilities?: readonly number[]
  /** The outputs of a model that does not classify. */
  readonly values?: readonly number[]
}

/**
 * The predictions of samples, read as the loss reads outputs: scores of classes through softmax,
 * one score of two classes through the logistic function, anything else as it is.
 *
 * @example
 * ```ts
 * answersOf(await trainer.predict(samples), trainer.config.loss)[0]?.label
 * ```
 */
export function answersOf(prediction: Prediction, loss: LossConfig): Answer[] {
  const { values, shape, classes, names } = prediction
  const [count = 0] = shape
  const width = count === 0 ? 0 : values.length / count
  return Array.from({ length: count }, (_, index) => {
    const one = Array.from(values.subarray(index * width, (index + 1) * width))
    const name = names?.[index]
    const led = { index, ...(name !== undefined && { name }) }
    const probabilities = shape.length === 2 ? probabilitiesOf(one, loss) : undefined
    if (probabilities === undefined) return { ...led, values: one }
    const best = probabilities.indexOf(Math.max(...probabilities))
    const label = classes?.[best] ?? String(best)
    const probability = probabilities[best] ?? 0
    return { ...led, label, class: best, probability, probabilities }
  })
}

function probabilitiesOf(outputs: readonly number[], loss: LossConfig): number[] | undefined {
  if (loss.type === 'crossEntropy') return softmax(outputs)
  const [score = 0] = outputs
  if (loss.type !== 'binaryCrossEntropy' || outputs.length !== 1) return undefined
  const second = loss.fromLogits === false ? score : 1 / (1 + Math.exp(-score))
  return [1 - second, second]
}

function softmax(scores: readonly number[]): number[] {
  const highest = Math.max(...scores)
  const powers = scores.map((score) => Math.exp(score - highest))
  const sum = powers.reduce((total, power) => total + power, 0)
  return powers.map((power) => power / sum)
}
