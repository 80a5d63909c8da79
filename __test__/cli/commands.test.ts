// The command line: what each command prints, writes and answers, and its exit codes.

import { spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'

import { readImage, recipes, Trainer } from '../../src/index.ts'
import { attune } from './command.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-cli-'))
const runs = join(folder, 'runs')
const short = ['digits-cnn', '--threads', '1', '--set', 'epochs=1', '--set', `runs=${runs}`]
const trained = join(runs, 'trained')

/** The first digit of the embedded set: a zero. */
const zero = [
  0, 0, 5, 13, 9, 1, 0, 0, 0, 0, 13, 15, 10, 15, 5, 0, 0, 3, 15, 2, 0, 11, 8, 0, 0, 4, 12, 0, 0, 8,
  8, 0, 0, 5, 8, 0, 0, 9, 8, 0, 0, 4, 11, 0, 1, 12, 7, 0, 0, 2, 14, 5, 10, 12, 0, 0, 0, 0, 6, 13,
  10, 0, 0, 0,
]

beforeAll(async () => {
  const { exitCode, err } = await attune(['train', ...short, '--name', 'trained'])
  if (exitCode !== 0) throw new Error(err)
})
afterAll(() => rmSync(folder, { recursive: true }))

test('train prints a line for each epoch and says where the weights are', async () => {
  const { exitCode, out, err } = await attune(['train', ...short])
  expect([exitCode, err]).toEqual([0, ''])
  expect(out).toMatch(
    /^epoch 1\/1 {2}loss \d\.\d{4} {2}train\.accuracy .* val\.accuracy 0\.\d{4}\n/,
  )
  expect(out).toContain(join(runs, 'digits-cnn', 'weights.safetensors'))
  const again = await attune(['train', ...short])
  expect(again.out).toContain(join(runs, 'digits-cnn-2', 'weights.safetensors'))
})

test('train --json prints one object a line, the last of type end', async () => {
  const { exitCode, lines, err } = await attune(['train', ...short, '--name', 'json', '--json'])
  expect([exitCode, err]).toEqual([0, ''])
  expect(lines[0]).toMatchObject({ type: 'start' })
  expect(lines.filter(({ type }) => type === 'step')).toHaveLength(45)
  expect(lines.at(-1)).toMatchObject({ type: 'end', step: 45, stoppedBy: 'epochs' })
  const saved = readFileSync(join(runs, 'json', 'events.jsonl'), 'utf8')
  expect(
    saved
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
  ).toEqual(lines)
})

test('seed, threads and settings reach the run', async () => {
  const options = ['--seed', '7', '--threads', '1', '--set', 'batchSize=100', '--name', 'set']
  const { exitCode } = await attune(['train', ...short, ...options])
  expect(exitCode).toBe(0)
  const config = JSON.parse(readFileSync(join(runs, 'set', 'config.json'), 'utf8')) as unknown
  expect(config).toMatchObject({ seed: 7, threads: 1, batchSize: 100, epochs: 1 })
})

test('an interrupted training is saved and ends with 130', async () => {
  const args = ['train', ...short, '--set', 'epochs=100000', '--name', 'cut', '--json']
  const abort = new AbortController()
  const timer = setInterval(() => existsSync(join(runs, 'cut')) && abort.abort(), 20)
  const { exitCode, lines } = await attune(args, abort.signal)
  clearInterval(timer)
  expect(exitCode).toBe(130)
  expect(lines.at(-1)).toMatchObject({ type: 'end', stoppedBy: 'signal' })
  const loaded = await Trainer.load(join(runs, 'cut', 'weights.safetensors'))
  expect(loaded.config.batchSize).toBe(32)
})

test('Ctrl-C in a terminal saves and ends the process with 130', async () => {
  const main = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts')
  const jiti = import.meta.resolve('jiti/register')
  const args = ['train', ...short, '--set', 'epochs=100000', '--name', 'sigint', '--json']
  const child = spawn(process.execPath, ['--import', jiti, main, ...args])
  let out = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    if (out === '') child.kill('SIGINT')
    out += text
  })
  const exitCode = await new Promise((resolve) => child.once('close', resolve))
  expect(exitCode).toBe(130)
  const last = out.trimEnd().split('\n').at(-1) ?? ''
  expect(JSON.parse(last)).toMatchObject({ type: 'end', stoppedBy: 'signal' })
  expect(existsSync(join(runs, 'sigint', 'weights.safetensors'))).toBe(true)
})

test('eval measures a saved run as its training did', async () => {
  const lastEpoch = readFileSync(join(trained, 'events.jsonl'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as { type: string; metrics: Record<string, number> })
    .find(({ type }) => type === 'epoch')
  const { exitCode, lines } = await attune(['eval', trained, '--json'])
  expect(exitCode).toBe(0)
  expect(lines).toEqual([
    {
      type: 'end',
      loss: lastEpoch?.metrics['val.loss'],
      metrics: { accuracy: lastEpoch?.metrics['val.accuracy'] },
      samples: 359,
    },
  ])
  const train = await attune(['eval', trained, '--part', 'train'])
  expect(train.out).toMatch(/^loss .*\naccuracy .*\n1438 samples\n$/)
})

test('eval --report prints the report of each class, and --json carries it', async () => {
  const text = await attune(['eval', trained, '--report'])
  expect(text.exitCode).toBe(0)
  expect(text.out).toMatch(/359 samples\n\n {14}precision {4}recall {2}f1-score {3}support\n\n/)
  expect(text.out).toMatch(/\n {11}9 {7}0\.\d\d {6}0\.\d\d {6}0\.\d\d {8}\d\d\n\n {4}accuracy/)
  const { lines } = await attune(['eval', trained, '--report', '--json'])
  const [{ report, metrics } = {}] = lines as { report: object; metrics: { accuracy: number } }[]
  expect(report).toMatchObject({ accuracy: metrics?.accuracy, 'macro avg': { support: 359 } })
})

test('eval prints tables of numbers', async () => {
  const asked = ['--set', 'metrics=[{"type":"confusionMatrix"},{"type":"f1","average":"none"}]']
  const { exitCode, out } = await attune(['eval', trained, ...asked])
  expect(exitCode).toBe(0)
  expect(out).toMatch(/^loss .*\nconfusionMatrix\n( {2,4}\d+){10}\n/)
  expect(out).toMatch(/f1\.none\n( {2}[01](\.\d{4})?| {7}1){10}\n359 samples\n$/)
})

test('predict names the digit of rows given as JSON, .json and .npy', async () => {
  const json = join(folder, 'rows.json')
  writeFileSync(json, JSON.stringify([zero, zero]))
  const text = await attune(['predict', trained, JSON.stringify([zero])])
  expect([text.exitCode, text.out]).toEqual([0, expect.stringMatching(/^0 {2}0\.\d{4}/)])
  const file = await attune(['predict', trained, json, '--json'])
  expect(file.lines.map(({ label }) => label)).toEqual(['0', '0', undefined])
  const header =
    `{'descr': '|u1', 'fortran_order': False, 'shape': (1, 8, 8, 1), }`.padEnd(117) + '\n'
  const npy = join(folder, 'rows.npy')
  const magic = Buffer.from([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length, 0])
  writeFileSync(npy, Buffer.concat([magic, Buffer.from(header), Uint8Array.from(zero)]))
  const array = await attune(['predict', trained, npy, '--json'])
  expect(array.lines[0]).toMatchObject({ label: '0', class: 0, index: 0 })
  writeFileSync(npy, Buffer.concat([magic, Buffer.from(header), Uint8Array.from(zero.slice(1))]))
  const short = await attune(['predict', trained, npy])
  expect([short.exitCode, short.err]).toEqual([1, expect.stringMatching(/^CORRUPT: /)])
})

test('inspect lists layers, shapes, parameters, operations and memory', async () => {
  const { exitCode, out } = await attune(['inspect', 'digits-cnn'])
  expect(exitCode).toBe(0)
  expect(out).toMatch(/layers\.0 {2}conv2d {5}\[6, 6, 32\] {2}320 /)
  expect(out).toMatch(/38,666 parameters, [\d,]+ FLOPs/)
  expect(out).toMatch(/MiB +at the peak/)
  const { lines } = await attune(['inspect', 'digits-cnn', '--json'])
  expect(lines.map(({ type }) => type)).toEqual([
    ...Array.from({ length: 8 }, () => 'layer'),
    'plan',
    'end',
  ])
})

test('inspect --schedule draws the learning rate and writes it as SVG', async () => {
  const file = join(folder, 'rate.svg')
  const rate = '{"type":"warmup","schedule":{"type":"cosine","initial":0.5},"over":45}'
  const drawing = ['inspect', 'digits-cnn', '--set', `optimizer.learningRate=${rate}`, '--schedule']
  const { exitCode, out, err } = await attune([...drawing, file, '--set', 'epochs=2'])
  expect([exitCode, err]).toEqual([0, ''])
  const [first, ...lines] = out.split('\n')
  expect(first).toBe('learning rate: 0 first, 0.5 highest, 0.000609 last')
  expect(lines[0]).toMatch(/^ 0\.5 ┤.*[^\u2800].*$/)
  expect(lines[12]).toMatch(/^ {3}0 └─+$/)
  expect(lines[13]).toMatch(/^ {6}0 +step \(90 steps, 2 epochs\) +90$/)
  expect(lines.every((line) => line.length <= 80 || line.startsWith('wrote'))).toBe(true)
  const text = readFileSync(file, 'utf8')
  expect(text).toMatch(/^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg"/)
  expect(text.match(/<path class="line" d="M([^"]*)"/)?.[1]?.split('L')).toHaveLength(90)
  expect(text).toContain('>step (90 steps, 2 epochs)</text>')
})

test('inspect --schedule --json gives the rate of each step', async () => {
  const { lines } = await attune(['inspect', 'digits-cnn', '--schedule', '--json'])
  expect(lines[0]).toEqual({ type: 'rate', step: 0, learningRate: 0.002 })
  expect(lines.at(-1)).toEqual({ type: 'end', steps: lines.length - 1 })
  const nowhere = await attune(['inspect', 'digits-cnn', '--schedule', '/dev/null/rate.svg'])
  expect([nowhere.exitCode, nowhere.err]).toEqual([1, expect.stringMatching(/^IO: /)])
})

test('inspect data prints parts, types, ranges, the balance of classes and duplicates', async () => {
  const { exitCode, out, err } = await attune(['inspect', 'data', 'digits-cnn'])
  expect([exitCode, err]).toEqual([0, ''])
  expect(out).toMatch(
    /^part +samples +duplicates +in train too\ntrain +1,438 +\d+\nvalidation +359 +0 +\d+$/m,
  )
  expect(out).toMatch(/^x {2}uint8 \[8, 8, 1\] {2}0 to 16, mean 4\.8\d+, deviation 6\.0\d+$/m)
  expect(out).toMatch(/^y {2}int32 \[\] +10 classes$/m)
  expect(out.match(/^\d +\d+ +\d+ +0 +█{20,24}$/gm)).toHaveLength(10)
  const { lines } = await attune(['inspect', 'data', 'digits-cnn', '--json'])
  expect(lines.map(({ type }) => type)).toEqual(['data', 'end'])
  expect(lines[0]).toMatchObject({ samples: { train: 1438, validation: 359, test: 0 } })
})

test('inspect data draws training samples as steps see them', async () => {
  const file = join(folder, 'sheet.png')
  const args = ['inspect', 'data', 'digits-cnn', '--sheet', file, '--samples', '5']
  const { out, exitCode } = await attune(args)
  expect(exitCode).toBe(0)
  expect(out).toContain(`sheet ${file}\n`)
  const { values, shape } = await readImage(file, { channels: 1 })
  expect(shape).toEqual([2 * 100 + 4, 3 * 100 + 4, 1])
  const trainer = new Trainer(recipes['digits-cnn']!.config)
  const { x, y } = await trainer.preview({ samples: 5 })
  const pixel = (row: number, column: number): number => values[row * 304 + column] ?? -1
  expect(pixel(0, 0)).toBe(40)
  const [fifth, row, column] = [4 * 64, 3, 5]
  const drawn = pixel(104 + row * 12 + 6, 104 + column * 12 + 6)
  expect(drawn).toBe(Math.round(((x[fifth + row * 8 + column] ?? 0) * 255) / 16))
  const { lines } = await attune([...args, '--json'])
  expect(lines[1]).toEqual({ type: 'sheet', file, labels: [...y].map(String), perRow: 3 })
  const nowhere = await attune(['inspect', 'data', 'digits-cnn', '--sheet', '/dev/null/sheet.png'])
  expect([nowhere.exitCode, nowhere.err]).toEqual([1, expect.stringMatching(/^IO: --sheet/)])
})

test('init writes a config and never over another', async () => {
  const file = join(folder, 'attune.config.ts')
  expect((await attune(['init', file])).exitCode).toBe(0)
  const text = readFileSync(file, 'utf8')
  expect(text).toContain('const config: RunConfig = {')
  const again = await attune(['init', file])
  expect([again.exitCode, again.err]).toEqual([1, expect.stringMatching(/^IO: .*exists/)])
  expect(readFileSync(file, 'utf8')).toBe(text)
})

test('a config in TypeScript names its own modules, and Trainer knows them', async () => {
  const file = join(folder, 'own.config.ts')
  const text = `
import { Module, layer, dense, flatten, registerModule, datasets, crossEntropy, sgd } from 'attune'
import type { RunConfig, Tensor } from 'attune'
class Own extends Module {
  scores = layer(dense({ units: 10 }))
  flat = layer(flatten())
  forward(x: Tensor): Tensor {
    return this.scores(this.flat(x))
  }
}
const own = registerModule('ownOfTypeScript', Own)
const config: RunConfig = {
  model: own({}), data: datasets.digits(), loss: crossEntropy(), optimizer: sgd(), epochs: 1,
}
export default config
`
  writeFileSync(file, text)
  const { exitCode, err } = await attune(['train', file, '--set', `runs=${runs}`, '--json'])
  expect([exitCode, err]).toEqual([0, ''])
  const run = join(runs, 'own')
  const measured = await attune(['eval', run, '--config', file, '--json'])
  expect([measured.exitCode, measured.lines[0]]).toEqual([
    0,
    expect.objectContaining({ samples: 359 }),
  ])
  for (const [name, wrong] of [
    ['named.ts', 'export const config = {}'],
    ['broken.ts', 'export default {'],
  ] as const) {
    writeFileSync(join(folder, name), wrong)
    expect((await attune(['train', join(folder, name)])).err).toMatch(/^CONFIG: /)
  }
})

test('a config in YAML describes the same run as in JSON', async () => {
  const config = {
    model: { type: 'sequential', layers: [{ type: 'flatten' }, { type: 'dense', units: 10 }] },
    data: { type: 'digits' },
    loss: { type: 'crossEntropy' },
    optimizer: { type: 'sgd' },
  }
  const yaml = `
model: { type: sequential, layers: [{ type: flatten }, { type: dense, units: 10 }] }
data: { type: digits }
loss: { type: crossEntropy }
optimizer: { type: sgd }
`
  writeFileSync(join(folder, 'run.json'), JSON.stringify(config))
  writeFileSync(join(folder, 'run.yaml'), yaml)
  const outputs = await Promise.all(
    ['run.json', 'run.yaml'].map((file) => attune(['inspect', join(folder, file)])),
  )
  expect(outputs[0]?.out).toMatch(/650 parameters/)
  expect(outputs[1]?.out).toBe(outputs[0]?.out)
})

test.each([
  [['train'], /missing required argument/],
  [['trian', 'digits-cnn'], /unknown command/],
  [['train', 'digits-cnn', '--epochs', '3'], /unknown option/],
  [['train', 'digts-cnn'], /did you mean digits-cnn/],
  [['train', 'digits-cnn', '--set', 'epochs'], /path=value/],
  [['train', 'digits-cnn', '--set', 'seed.x.y=1'], /seed\.x\.y/],
  [['eval', 'runs/any', '--part', 'half'], /train, validation, test/],
])('wrong usage ends with 2: %j', async (args, message) => {
  const { exitCode, err } = await attune(args)
  expect([exitCode, err]).toEqual([2, expect.stringMatching(message)])
})

test.each([
  ['CONFIG', ['digits-cnn', '--set', 'batchSize=1.5']],
  ['CONFIG', ['digits-cnn', '--set', 'batchSize=9007199254740992']],
  ['CONFIG', ['digits-cnn', '--set', 'optimizer.learning_rate=1']],
  ['CONFIG', ['digits-cnn', '--seed', 'abc']],
  ['SHAPE', ['digits-cnn', '--set', 'model.layers.0.kernelSize=9']],
  ['DATA', ['digits-cnn', '--set', 'model.layers.7.units=3']],
  ['MEMORY', ['digits-cnn', '--set', 'memoryLimit=1000']],
  ['DIVERGED', ['digits-cnn', '--set', 'optimizer.learningRate=1e30']],
  ['IO', ['fashion-mlp', '--set', 'data.root=nowhere']],
  ['IO', ['nowhere.json']],
  ['IO', ['digits-cnn', '--set', 'runs=/dev/null/runs']],
])('a failure is told as %s, on stderr and as the last line of --json: %j', async (code, args) => {
  const where = args.some((arg) => arg.startsWith('runs=')) ? [] : ['--set', `runs=${runs}`]
  const settings = args[0]?.endsWith('.json') === true ? [] : where
  const { exitCode, err, lines } = await attune(['train', ...args, ...settings, '--json'])
  expect(exitCode).toBe(1)
  expect(err.startsWith(`${code}: `)).toBe(true)
  expect(err).not.toMatch(/\n\s+at /)
  expect(lines.at(-1)).toMatchObject({ type: 'end', stoppedBy: 'error', error: { code } })
  expect(lines.filter(({ type }) => type === 'end')).toHaveLength(1)
})

test.each(['run.json', 'run.yaml'])('a truncated config file is refused: %s', async (name) => {
  const file = join(folder, `cut-${name}`)
  writeFileSync(file, '{ "model": { "type": "seq')
  const { exitCode, err } = await attune(['train', file])
  expect([exitCode, err]).toEqual([1, expect.stringMatching(/^CONFIG: .*not valid/)])
})

test('eval and predict of what is no run are refused', async () => {
  const file = join(folder, 'no-run.safetensors')
  writeFileSync(file, 'nonsense')
  expect((await attune(['eval', file])).err).toMatch(/^CORRUPT: /)
  expect((await attune(['predict', join(folder, 'absent'), '[[0]]'])).err).toMatch(/^IO: /)
  expect((await attune(['predict', trained, '[[0'])).err).toMatch(/^DATA: /)
})

test('help and version end with 0', async () => {
  const help = await attune(['--help'])
  expect([help.exitCode, help.out]).toEqual([0, expect.stringMatching(/digits-cnn: /)])
  expect((await attune(['--version'])).out).toMatch(/^\d+\.\d+\.\d+\n$/)
})
