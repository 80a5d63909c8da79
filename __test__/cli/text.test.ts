// What the command line draws and replaces.

import { expect, test } from 'vitest'

import { plot } from '../../src/cli/plot.ts'
import { Progress } from '../../src/cli/progress.ts'
import { withSetting } from '../../src/cli/set.ts'
import { sparkline } from '../../src/cli/sparkline.ts'
import { svg } from '../../src/cli/svg.ts'

test('a sparkline draws the lowest value lowest and the highest highest', () => {
  expect(sparkline([3, 2, 1], 3)).toBe('█▅▁')
  expect(sparkline([1, 1], 5)).toBe('▁▁')
  expect(sparkline([0, 0, 8, 8], 2)).toBe('▁█')
  expect(sparkline([], 4)).toBe('')
  expect(sparkline([Number.NaN, 1, 2], 4)).toBe('▁█')
})

test('a plot is highest where the values are, with 0 below', () => {
  const falling = plot([2, 1.5, 1, 0.5, 0], { width: 15, height: 2, label: 'step' }).split('\n')
  expect(falling.map((line) => line.replaceAll('\u2800', ' '))).toEqual([
    '2 ┤⠉⠉⠹⠤⠤⡄      ',
    '  │     ⠉⠉⠙⠒⠒⣆⣀',
    '0 └────────────',
    '   0   step   5',
    '',
  ])
  expect(plot([0, 0], { width: 40, height: 3, label: 'step' })).toContain('⣀')
})

test('a drawing of many values keeps their highest and lowest', () => {
  const values = Array.from({ length: 100_000 }, (_, i) => (i === 50_000 ? 9 : 1))
  const text = svg(values, { title: 'a < b & c', horizontal: 'step', vertical: 'rate' })
  expect(text).toContain('<title>a &lt; b &amp; c</title>')
  const points = text.match(/<path class="line" d="M([^"]*)"/)?.[1]?.split('L') ?? []
  expect(points.length).toBeLessThan(5000)
  expect(points.map((point) => Number(point.split(' ')[1]))).toContain(48)
})

test('a setting replaces one value and leaves the config it came from alone', () => {
  const config = { optimizer: { type: 'sgd' }, layers: [{ units: 1 }, { units: 2 }] }
  expect(withSetting(config, 'layers.1.units=5')).toEqual({
    optimizer: { type: 'sgd' },
    layers: [{ units: 1 }, { units: 5 }],
  })
  expect(withSetting(config, 'optimizer.learningRate=0.1')).toMatchObject({
    optimizer: { type: 'sgd', learningRate: 0.1 },
  })
  expect(withSetting(config, 'name=a=b')).toMatchObject({ name: 'a=b' })
  expect(withSetting(config, 'data.root=x')).toMatchObject({ data: { root: 'x' } })
  expect(config.layers[1]).toEqual({ units: 2 })
  expect(() => withSetting(config, 'layers.9.units=1')).toThrow(/from 0 to 2/)
  expect(() => withSetting(config, '__proto__.x=1')).toThrow(/path=value/)
})

test('the line that is redrawn shows epoch, rate, time left, loss and its course', () => {
  let drawn = ''
  const io = {
    out: (text: string) => void (drawn += text),
    err: () => undefined,
    tty: true,
    columns: 200,
    signal: new AbortController().signal,
  }
  const progress = new Progress(io, 4)
  const common = { metrics: {}, learningRate: 0.1, gradientNorm: 1, samplesPerSecond: 12_345 }
  progress.show({ type: 'start', ...common, step: 0, epoch: 0, loss: null })
  progress.show({ type: 'epoch', ...common, step: 1, epoch: 1, loss: 0.75 })
  progress.show({ type: 'step', ...common, step: 2, epoch: 2, loss: 0.5 })
  expect(drawn).toMatch(/epoch 1\/4 {2}loss 0\.7500\n/)
  expect(drawn).toMatch(/epoch 2\/4 {2}12,345 samples\/s {2}\d+:\d\d left {2}loss 0\.5000 {2}▁$/)
})
