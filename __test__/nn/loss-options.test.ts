// Every option of every loss: what is out of its range is refused under its path.

import { expect, test } from 'vitest'

import type { AttuneError } from '../../src/index.ts'
import { jsonSchema } from '../../src/config/index.ts'
import { losses, lossOf, lossSchema } from '../../src/nn/index.ts'

const bad: readonly (readonly [type: string, option: string, value: unknown])[] = [
  ['binaryCrossEntropy', 'positiveWeight', -1],
  ['binaryCrossEntropy', 'positiveWeight', 'much'],
  ['binaryCrossEntropy', 'fromLogits', 1],
  ['contrastive', 'margin', 0],
  ['contrastive', 'epsilon', 0],
  ['cosineSimilarity', 'epsilon', -1],
  ['crossEntropy', 'labelSmoothing', 1.2],
  ['crossEntropy', 'labelSmoothing', -0.1],
  ['crossEntropy', 'classWeights', 2],
  ['crossEntropy', 'ignoreIndex', 0.5],
  ['crossEntropy', 'temperature', 0],
  ['ctc', 'blank', -1],
  ['ctc', 'inputLengths', 1],
  ['ctc', 'reduction', 'sum'],
  ['ctc', 'zeroInfinity', 'no'],
  ['focal', 'gamma', -1],
  ['focal', 'alpha', 1.5],
  ['gaussianNll', 'full', 'yes'],
  ['gaussianNll', 'epsilon', 0],
  ['gaussianNll', 'logVariance', 2],
  ['hinge', 'margin', 0],
  ['hinge', 'squared', null],
  ['huber', 'delta', -1],
  ['klDivergence', 'fromLogits', 0],
  ['klDivergence', 'logTarget', 0],
  ['klDivergence', 'reduction', 'sum'],
  ['poisson', 'logInput', 1],
  ['poisson', 'full', 1],
  ['poisson', 'epsilon', 0],
  ['tripletMargin', 'margin', 0],
  ['tripletMargin', 'p', 0.5],
  ['tripletMargin', 'epsilon', 0],
  ['tripletMargin', 'swap', 'no'],
]

test.each(bad)('%s.%s of %s is refused by its path', (type, option, value) => {
  expect(() => lossOf({ type, [option]: value } as never)).toThrow(
    expect.objectContaining<Partial<AttuneError>>({
      code: 'CONFIG',
      message: expect.stringMatching(new RegExp(`^loss\\.${option}: expected .*got `)) as string,
    }),
  )
})

test.each(Object.keys(losses))('%s refuses an option that it has not', (type) => {
  expect(() => lossOf({ type, marign: 1 } as never)).toThrow(/^loss: unknown option `marign`/)
})

test('every option of the schema has its bad value here', () => {
  const { oneOf, anyOf } = jsonSchema(lossSchema) as Record<
    'oneOf' | 'anyOf',
    { properties: Record<string, { const?: string }> }[] | undefined
  >
  const options = (oneOf ?? anyOf ?? []).flatMap(({ properties: { type, ...rest } }) =>
    Object.keys(rest).map((option) => `${type?.const}.${option}`),
  )
  expect(options.length).toBeGreaterThan(20)
  const tried = new Set(bad.map(([type, option]) => `${type}.${option}`))
  expect(options.filter((option) => !tried.has(option))).toEqual([])
})
