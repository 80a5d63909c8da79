// A folder of photographs to random parts at 224 by 224, flipped and normalised: Attune beside
// torchvision with a DataLoader, in turn in one run, two workers each.
//
//     python bench/data/make-photographs.py photographs 600
//     PYTHON=path/to/python node bench/data/images.mjs photographs
//
// PYTHON names an interpreter with torchvision (see images.py). Attune's pass is that of training: files
// are decoded on native threads, and a program gathers batches of 64, flips, and normalises. Printed are
// the medians of ROUNDS rounds after one to warm up, and the most memory that each program held.

import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const rounds = Number(process.env.ROUNDS ?? 5)
const [root, role] = process.argv.slice(2)
const median = (numbers) => numbers.toSorted((a, b) => a - b)[numbers.length >> 1]

if (role === 'attune') await answer()
else await compare()

/** Answers each line with the seconds of a pass and the process' largest memory in MiB. */
async function answer() {
  const attune = await import('../../dist/index.js')
  const { crossEntropy, dense, flip, globalAvgPool, imageFolder, sequential, sgd, Trainer } = attune
  const figures = { mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225] }
  const trainer = new Trainer({
    model: sequential([globalAvgPool(), dense({ units: 2 })]), // so little that a step is the data's
    data: imageFolder({ root, size: 224, randomCrop: true, normalise: figures, validation: 0 }),
    augment: [flip()],
    loss: crossEntropy(),
    optimizer: sgd({ learningRate: 0 }),
    batchSize: 64,
    epochs: 1,
    threads: 2,
  })
  const files = readdirSync(root, { recursive: true }).filter((name) => name.endsWith('.jpg'))
  for await (const _ of createInterface({ input: process.stdin })) {
    const begin = performance.now()
    await trainer.fit()
    const seconds = (performance.now() - begin) / 1000
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
    process.stdout.write(`${JSON.stringify({ seconds, peak, samples: files.length })}\n`)
  }
}

async function compare() {
  if (root === undefined) throw new Error('expected the folder of photographs')
  const own = ['node', [fileURLToPath(import.meta.url), root, 'attune']]
  const peer = [
    process.env.PYTHON ?? 'python3',
    [fileURLToPath(new URL('images.py', import.meta.url)), root],
  ]
  const programs = { attune: start(...own), torchvision: start(...peer) }
  const found = { attune: [], torchvision: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const [name, program] of Object.entries(programs)) {
      const figures = await program.ask()
      if (round > 0) found[name].push(figures)
    }
  }
  const seconds = Object.fromEntries(
    Object.entries(found).map(([name, all]) => [name, median(all.map((one) => one.seconds))]),
  )
  for (const [name, all] of Object.entries(found)) {
    const { peak, samples } = all.at(-1)
    const times = all.map((one) => one.seconds.toFixed(3)).join(' ')
    console.log(
      `${name.padEnd(11)} ${seconds[name].toFixed(3)} s for ${samples} files, ` +
        `peak ${peak.toFixed(0)} MiB (rounds: ${times})`,
    )
  }
  console.log(`torchvision / attune ${(seconds.torchvision / seconds.attune).toFixed(1)}`)
  for (const program of Object.values(programs)) program.end()
}

/** A program that answers one line of JSON to each line. */
function start(command, args) {
  const env = { ...process.env, RAYON_NUM_THREADS: '2', OMP_NUM_THREADS: '1' }
  const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'], env })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    async ask() {
      child.stdin.write('go\n')
      const { value, done } = await lines.next()
      if (done) throw new Error(`${command} ended before it answered`)
      return JSON.parse(value)
    },
    end: () => child.stdin.end(),
  }
}
