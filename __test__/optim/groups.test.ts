// Parameter groups: which parameters match, and what the options of several groups come to.

import { expect, test } from 'vitest'

import { groupOptions, layerwiseDecay, noDecay } from '../../src/optim/index.ts'

const parameters = [
  { name: 'layers.0.weight', shape: [4, 3] },
  { name: 'layers.0.bias', shape: [3] },
  { name: 'layers.10.weight', shape: [3, 2] },
]

function matching(match: string): string[] {
  const options = groupOptions([{ match, rate: 2 }], parameters)
  return parameters.filter((_, i) => options[i]?.rate === 2).map(({ name }) => name)
}

test('patterns match whole names: a star any characters, a question mark one', () => {
  expect(matching('*.weight')).toEqual(['layers.0.weight', 'layers.10.weight'])
  expect(matching('layers.?.*')).toEqual(['layers.0.weight', 'layers.0.bias'])
  expect(matching('layers.0.bias')).toEqual(['layers.0.bias'])
  expect(() => matching('bias')).toThrow('"bias" matches none')
  expect(() => matching('layers.0.b.as')).toThrow('"layers.0.b.as" matches none')
})

test('biases and the scales of norms decay no more', () => {
  expect(groupOptions([noDecay()], parameters)).toEqual([{}, { weightDecay: 0 }, {}])
})

test('of several groups the later one wins, option by option', () => {
  const groups = [
    { match: '*', rate: 0.1, weightDecay: 0.5 },
    { match: ['layers.0.weight', '*.bias'], rate: 0.2 },
    { match: '*.bias', freeze: true },
  ]
  expect(groupOptions(groups, parameters)).toEqual([
    { rate: 0.2, weightDecay: 0.5 },
    { rate: 0.2, weightDecay: 0.5, freeze: true },
    { rate: 0.1, weightDecay: 0.5 },
  ])
})

test('rates fall from the output to the input', () => {
  expect(layerwiseDecay({ layers: ['a.*', 'b.*', 'c.*'], decay: 0.5 })).toEqual([
    { match: 'a.*', rate: 0.25 },
    { match: 'b.*', rate: 0.5 },
    { match: 'c.*', rate: 1 },
  ])
})

test('a pattern that matches nothing is an error with its path and the names', () => {
  expect(() => groupOptions([noDecay(), { match: ['*.bias', 'layer.0.*'] }], parameters)).toThrow(
    'optimizer.groups.1.match: expected a pattern of parameters, "layer.0.*" matches none; ' +
      'the parameters are layers.0.weight, layers.0.bias, layers.10.weight',
  )
})
