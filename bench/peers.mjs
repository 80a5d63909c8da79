// Attune beside PyTorch and numpy, in turn in one run: ratios, with this machine's peaks beside them.
//
//     PYTHON=path/to/python npm run bench:peers [-- case ...]
//
// PYTHON names an interpreter with torch and numpy (see bench/peers.py). Each round asks every
// program once, so that all meet the same weather; what is printed are medians over rounds.

import { execFileSync, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import {
  adamW,
  batchNorm,
  conv2d,
  crossEntropy,
  dense,
  dropout,
  flatten,
  fromArrays,
  gpt,
  lstmLanguageModel,
  maxPool2d,
  resNet18,
  resNet20,
  sequential,
  Trainer,
} from '../dist/index.js'

const root = fileURLToPath(new URL('..', import.meta.url))
const threads = Number(process.env.THREADS ?? 2)
const rounds = Number(process.env.ROUNDS ?? 7)
const environment = { ...process.env, THREADS: `${threads}` }

/** A program that answers one line to each line it is asked. */
class Peer {
  constructor(command, args) {
    this.process = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env: environment })
    this.lines = createInterface({ input: this.process.stdout })[Symbol.asyncIterator]()
  }

  async ask(line) {
    this.process.stdin.write(`${line}\n`)
    const { value, done } = await this.lines.next()
    if (done) throw new Error(`${this.process.spawnfile} ended before it answered \`${line}\``)
    return value
  }

  close() {
    this.process.stdin.end()
  }
}

/** Time for a peer's worker threads to stop spinning. */
const settle = () => new Promise((resolve) => setTimeout(resolve, 250))
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

const relu = { activation: 'relu' }
const steps = {
  mlp: {
    layers: [dense({ units: 512, ...relu }), dense({ units: 512, ...relu }), dense({ units: 10 })],
    shape: [784],
    classes: 10,
    batch: 128,
    repeat: 60,
    variants: ['eager', 'compile'],
    target: 1.1,
  },
  'article-cnn': {
    layers: [
      conv2d({ filters: 32, kernelSize: 3, ...relu }),
      maxPool2d({ poolSize: 2 }),
      dropout({ rate: 0.25 }),
      batchNorm(),
      flatten(),
      dense({ units: 128, ...relu }),
      dropout({ rate: 0.5 }),
      dense({ units: 10 }),
    ],
    shape: [28, 28, 1],
    classes: 10,
    batch: 64,
    repeat: 20,
    variants: ['eager', 'channels-last', 'compile'],
    target: 4,
  },
  'resnet-18': {
    model: resNet18(),
    shape: [32, 32, 3],
    classes: 10,
    batch: 32,
    repeat: 3,
    variants: ['eager', 'channels-last'],
    target: 2.2,
  },
  'resnet-20': {
    model: resNet20(),
    shape: [32, 32, 3],
    classes: 10,
    batch: 128,
    repeat: 5,
    variants: ['eager', 'channels-last'],
    target: 2,
  },
  'gpt-4x128': language(gpt({ layers: 4, heads: 4, width: 128, vocabularySize: 65 }), {
    time: 64,
    vocabulary: 65,
    batch: 12,
    repeat: 30,
    target: 1.5,
  }),
  'gpt-6x384': language(gpt({ layers: 6, heads: 6, width: 384, vocabularySize: 65 }), {
    time: 256,
    vocabulary: 65,
    batch: 8,
    repeat: 2,
    target: 1.3,
  }),
  'gpt2-64': language(gpt(), {
    time: 64,
    vocabulary: 50_257,
    batch: 4,
    repeat: 2,
    target: 1.45,
  }),
  'gpt2-512': language(gpt(), {
    time: 512,
    vocabulary: 50_257,
    batch: 1,
    repeat: 1,
    target: 1.7,
  }),
  lstm: language(lstmLanguageModel({ vocabularySize: 65 }), {
    time: 64,
    vocabulary: 65,
    batch: 32,
    repeat: 10,
    variants: ['eager'],
    target: 2,
  }),
  tiny: {
    layers: [dense({ units: 8, ...relu }), dense({ units: 2 })],
    shape: [4],
    classes: 2,
    batch: 16,
    repeat: 4000,
    variants: ['eager'],
    target: 20,
  },
}
const matmuls = [512, 1024, 2048]
const convolutions = [
  [64, 32],
  [128, 16],
  [256, 8],
]

/** Batch, height and width, channels, filters. */
const convolutionSteps = [
  [32, 32, 64, 64],
  [32, 16, 128, 128],
  [32, 8, 256, 256],
]

/** A step of a model of ids, told the next id at each place. */
function language(model, { time, vocabulary, variants = ['eager', 'compile'], ...rest }) {
  return { model, shape: [time], vocabulary, classes: vocabulary, variants, ...rest }
}

const noise = (i) => (i * 7919) % 1009

/** A trainer of one of the steps above, on `repeat` batches a run of uniform noise. */
async function trainer(step) {
  const { layers, model = sequential(layers), shape, classes, vocabulary, batch, repeat } = step
  const samples = batch * repeat
  const width = shape.reduce((product, size) => product * size, 1)
  const ids = vocabulary !== undefined
  const x = ids
    ? Int32Array.from({ length: samples * width }, (_, i) => noise(i) % vocabulary)
    : Float32Array.from({ length: samples * width }, (_, i) => noise(i) / 1009)
  const y = Int32Array.from({ length: ids ? x.length : samples }, (_, i) => (i * 31) % classes)
  return new Trainer({
    model,
    data: fromArrays({ x, y }, { shape, ...(ids && { targetShape: shape }) }),
    loss: crossEntropy(),
    optimizer: adamW({ learningRate: 1e-4 }),
    batchSize: batch,
    epochs: 1,
    threads,
  })
}

async function stepTime(built, { repeat }) {
  const start = performance.now()
  await built.fit()
  return (performance.now() - start) / repeat
}

async function main() {
  const wanted = process.argv.slice(2)
  const has = (name) => wanted.length === 0 || wanted.some((word) => name.startsWith(word))
  const python = process.env.PYTHON
  if (python === undefined) console.log('PYTHON is not set: no peers, Attune alone')
  console.log(`${threads} threads, medians of ${rounds} rounds`)
  execFileSync('cargo', ['bench', '-q', '--no-run', '-p', 'attune-kernels', '--bench', 'peers'], {
    cwd: root,
  })
  const kernels = new Peer('cargo', ['bench', '-q', '-p', 'attune-kernels', '--bench', 'peers'])
  const torch =
    python === undefined
      ? undefined
      : new Peer(python, [new URL('peers.py', import.meta.url).pathname])
  const peer = async (name, variant, repeat) => {
    if (torch === undefined) return Number.NaN
    const { ms } = JSON.parse(await torch.ask(JSON.stringify({ case: name, variant, repeat })))
    await settle()
    return ms
  }
  const peak = Number(await kernels.ask('fma 1'))
  console.log(
    `FMA peak ${peak.toFixed(1)} GFLOP/s, memory ${Number(await kernels.ask('triad 1')).toFixed(1)} GB/s`,
  )

  await kernelTable(
    'matmul f32, panels kept',
    matmuls.map((n) => ({ name: `matmul:${n}`, work: 2 * n ** 3 })),
    ['torch', 'numpy'],
  )
  await kernelTable(
    'conv 3x3 forward, direct, batch 32',
    convolutions.map(([c, h]) => ({ name: `conv:${c}x${h}`, work: 2 * 32 * h * h * c * c * 9 })),
    ['torch'],
  )
  await kernelTable(
    'conv 3x3 forward and backward, as a step takes it,',
    convolutionSteps.map(([batch, size, channels, filters]) => ({
      name: `convStep:${batch}x${size}x${channels}x${filters}`,
      work: 3 * 2 * batch * size * size * channels * filters * 9,
    })),
    ['torch'],
  )
  for (const [name, step] of Object.entries(steps)) if (has(name)) await stepTable(name, step)
  kernels.close()
  torch?.close()

  async function kernelTable(title, cases, variants) {
    for (const { name, work } of cases.filter(({ name }) => has(name))) {
      const times = { attune: [], peak: [], ...Object.fromEntries(variants.map((v) => [v, []])) }
      for (let round = 0; round < rounds; round++) {
        times.peak.push(Number(await kernels.ask('fma 1')))
        times.attune.push(Number(await kernels.ask(`${name} 15`)))
        for (const variant of variants) times[variant].push(await peer(name, variant, 15))
      }
      const rate = (ms) => work / ms / 1e6
      const share = rate(median(times.attune)) / median(times.peak)
      const beside = variants.map(
        (v) =>
          `${v} ${rate(median(times[v])).toFixed(0)} (${(median(times[v]) / median(times.attune)).toFixed(2)}x)`,
      )
      console.log(
        `${title} ${name.split(':')[1]}: ${rate(median(times.attune)).toFixed(0)} GFLOP/s = ${(100 * share).toFixed(1)} % of peak; ${beside.join(', ')}`,
      )
    }
  }

  async function stepTable(name, step) {
    const built = await trainer(step)
    await built.fit()
    const times = { attune: [], ...Object.fromEntries(step.variants.map((v) => [v, []])) }
    for (let round = 0; round < rounds; round++) {
      times.attune.push(await stepTime(built, step))
      for (const variant of step.variants)
        times[variant].push(await peer(name, variant, Math.min(step.repeat, 200)))
    }
    const ours = median(times.attune)
    const best = Math.min(...step.variants.map((v) => median(times[v])))
    const beside = step.variants.map((v) => `${v} ${median(times[v]).toFixed(3)}`)
    console.log(
      `${name}, batch ${step.batch}: ${ours.toFixed(4)} ms a step; torch ${beside.join(', ')}; ${(best / ours).toFixed(2)}x the best peer (wanted ${step.target}x)`,
    )
    printProfile(await built.profile({ steps: step.repeat }))
  }
}

/** The kernel calls of a step by thread time, the longest first. */
function printProfile({ milliseconds, launches }) {
  const total = launches.reduce((sum, launch) => sum + launch.milliseconds, 0)
  console.log(
    `  timed: ${milliseconds.toFixed(4)} ms a step, ${total.toFixed(4)} ms of thread time`,
  )
  for (const launch of launches.toSorted((a, b) => b.milliseconds - a.milliseconds).slice(0, 16)) {
    const share = `${((100 * launch.milliseconds) / total).toFixed(1)} %`.padStart(7)
    const rates = `${launch.gflops.toFixed(0)} GFLOP/s ${launch.gigabytes.toFixed(1)} GB/s`
    console.log(
      `  ${share} ${launch.milliseconds.toFixed(4).padStart(9)} ms  ${`${launch.name} ${launch.path}`.padEnd(36)} ${rates}`,
    )
  }
}

await main()
