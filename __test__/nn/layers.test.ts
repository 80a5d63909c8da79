// Described layers: the configs they give and how bad ones are answered.

import { expect, test } from 'vitest'

import { parse } from '../../src/config/index.ts'
import {
  batchNorm,
  conv2d,
  dense,
  dropout,
  flatten,
  layer,
  layerJsonSchema,
  layerSchema,
  layers,
  maxPool2d,
  Module,
  modulePaths,
  Parameter,
  registerModule,
  sequential,
  softmax,
  trace,
} from '../../src/nn/index.ts'
import type { LayerConfig } from '../../src/nn/index.ts'
import { Tensor } from '../../src/tensor/index.ts'

interface Schema {
  readonly const?: unknown
  readonly properties?: Readonly<Record<string, Schema>>
}

function problems(config: unknown): string[] {
  try {
    parse(layerSchema(), config, 'model')
  } catch (error) {
    return (error as Error).message.split('\n')
  }
  return []
}

test('a factory returns a plain value that survives JSON', () => {
  const model = sequential([
    conv2d({ filters: 32, kernelSize: 3, activation: 'relu' }),
    maxPool2d({ poolSize: 2 }),
    dropout({ rate: 0.25 }),
    batchNorm(),
    flatten(),
    dense({ units: 10 }),
    softmax(),
  ])
  expect(JSON.parse(JSON.stringify(model))).toEqual(model)
  expect(model.layers[0]).toEqual({
    type: 'conv2d',
    filters: 32,
    kernelSize: 3,
    activation: 'relu',
  })
  expect(problems(model)).toEqual([])
})

test('an option that is undefined is left out of the config', () => {
  expect(Object.keys(dense({ units: 1, bias: undefined }))).toEqual(['type', 'units'])
})

test('every problem of a nested model is listed under its path', () => {
  const model = {
    type: 'sequential',
    layers: [
      { type: 'dense', units: 1.5 },
      { type: 'conv2d', filters: 4, kernelSize: [3, 0], padding: 'full' },
      { type: 'sequential', layers: [{ type: 'dropout', rate: 1 }] },
      { type: 'batchNorm', momentun: 0.1 },
      { type: 'conv2dd' },
    ],
  }
  expect(problems(model)).toEqual([
    'model.layers.0.units: expected a whole number of at least 1, got 1.5',
    'model.layers.1.kernelSize.1: expected a whole number of at least 1, got 0',
    'model.layers.1.padding: expected "valid", "same", a whole number of at least 0, or [[top, bottom], [left, right]], got "full"',
    'model.layers.2.layers.0.rate: expected a number at least 0 and below 1, got 1',
    'model.layers.3: unknown option `momentun`; did you mean `momentum`?',
    expect.stringMatching(
      /^model\.layers\.4(\.type)?: unknown layer "conv2dd"; did you mean "conv2d"\?$/,
    ),
  ])
})

test('a value that is no layer is refused', () => {
  expect(problems({ type: 'sequential', layers: ['dense'] })[0]).toMatch(
    /^model\.layers\.0: expected a layer, an object with a type such as .*, got "dense"$/,
  )
})

test('a misspelt activation is answered with the nearest', () => {
  expect(problems({ type: 'dense', units: 1, activation: 'rellu' })).toEqual([
    'model.activation: unknown activation "rellu"; did you mean "relu"?',
  ])
})

test('a problem of an activation with options is listed under its path', () => {
  const activation = { type: 'leakyRelu', negativeSlope: -1 }
  expect(problems({ type: 'dense', units: 1, activation })).toEqual([
    'model.activation.negativeSlope: expected a number at least 0, got -1',
  ])
})

test('the JSON Schema names every layer', () => {
  const text = JSON.stringify(layerJsonSchema())
  for (const type of Object.keys(layers)) expect(text).toContain(`"const":"${type}"`)
})

test('the JSON Schema tells the options of what stands inside a layer', () => {
  const { anyOf, oneOf } = layerJsonSchema() as Record<string, readonly Schema[] | undefined>
  const all = anyOf ?? oneOf ?? []
  const found = all.find(({ properties }) => properties?.['type']?.const === 'dense')
  const text = (option: string): string => JSON.stringify(found?.properties?.[option])
  for (const word of ['"relu"', '"leakyRelu"', '"negativeSlope"']) {
    expect(text('activation')).toContain(word)
  }
  for (const word of ['"l2"', '"factor"']) expect(text('kernelRegularizer')).toContain(word)
  for (const word of ['"heNormal"', '"deviation"']) {
    expect(text('weightInitializer')).toContain(word)
  }
})

test('modules are named by the fields that hold them', () => {
  class Block extends Module {
    first = layer(dense({ units: 4 }))
    inner = layer(sequential([dense({ units: 4 }), dense({ units: 4 })]))
    forward(x: Tensor): Tensor {
      return this.inner(this.first(x))
    }
  }
  class Net extends Module {
    blocks = [new Block(), new Block()]
    scale = new Parameter([4], 'ones')
    named = { output: layer(dense({ units: 1 })) }
    forward(x: Tensor): Tensor {
      return x
    }
  }
  const names = new Set(modulePaths(new Net()).values())
  expect([...names]).toEqual([
    '',
    'blocks.0',
    'blocks.0.first',
    'blocks.0.inner',
    'blocks.0.inner.layers.0',
    'blocks.0.inner.layers.1',
    'blocks.1',
    'blocks.1.first',
    'blocks.1.inner',
    'blocks.1.inner.layers.0',
    'blocks.1.inner.layers.1',
    'scale',
    'named.output',
  ])
})

test('a callable layer is a module as well', () => {
  const callable = layer(dense({ units: 4 }))
  expect(typeof callable).toBe('function')
  expect(callable).toBeInstanceOf(Module)
})

test('a module keeps its private fields when it is made callable', () => {
  class Twice extends Module {
    #times = 2
    forward(x: Tensor): Tensor {
      return x.mul(this.#times)
    }
  }
  const callable = layer(new Twice())
  const x = Tensor.ones([3])
  const { result } = trace(callable, 'eval', () => [callable(x), callable.forward(x)])
  expect(result.map(({ shape }) => shape)).toEqual([[3], [3]])
})

test('an error names the module whose `forward` recorded it, however that was called', () => {
  class Inner extends Module {
    forward(x: Tensor): Tensor {
      return x.add(Tensor.ones([3]))
    }
  }
  class Outer extends Module {
    inner = [new Inner(), layer(new Inner())]
    forward(x: Tensor, place: Tensor): Tensor {
      return this.inner[place.size]!.forward(x)
    }
  }
  const outer = new Outer()
  const run = (place: number) => () =>
    trace(outer, 'eval', () => outer.forward(Tensor.ones([2]), Tensor.ones([place])))
  expect(run(0)).toThrow('inner.0: add of [2] and [3]')
  expect(run(1)).toThrow('inner.1: add of [2] and [3]')
})

test('a registered module can stand in a config, and its name cannot be taken twice', () => {
  class Wide extends Module {
    readonly body: Module
    constructor({ width }: { width: number }) {
      super()
      this.body = layer(dense({ units: width }))
    }
    forward(x: Tensor): Tensor {
      return this.body.forward(x)
    }
  }
  const wide = registerModule('wide', Wide)
  const config: LayerConfig = sequential([wide({ width: 3 })])
  expect(problems(config)).toEqual([])
  expect([...modulePaths(layer(config)).values()]).toContain('layers.0.body')
  expect(() => registerModule('dense', Wide)).toThrow('a layer named `dense` exists')
})

test('a layer outside a model says where it may run', () => {
  expect(() => layer(dense({ units: 4 })).forward(Tensor.ones([1, 4]))).toThrow(
    'a layer ran outside a model',
  )
})
