// Watches a process over a long training: memory, threads, and the delay of its event loop.
//
//   npm run soak                 200,000 steps of a small net, then 10,000 trainers made and dropped
//   npm run soak -- 20000 1000   other numbers of steps and trainers
//
// Ends with 1 if resident memory grew by more than 1 % after the first thousand steps, or by more
// than 8 MiB over the second half of the trainers, or if the event loop was held up for more than
// 3 ms (99th percentile) while every core trained.
import { readdirSync } from 'node:fs'
import { createServer, get } from 'node:http'
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import {
  Trainer,
  adamW,
  crossEntropy,
  dense,
  flatten,
  fromArrays,
  sequential,
  sgd,
} from '../dist/index.js'

const given = process.argv.slice(2).map(Number)
const [steps, trainers] = [given[0] ?? 200_000, given[1] ?? 10_000]
const MIB = 2 ** 20

setFlagsFromString('--expose-gc')
/** @type {() => void} */
const collect = runInNewContext('gc')

const settle = async () => {
  for (let i = 0; i < 3; i++) {
    collect()
    await sleep(50)
  }
  return process.memoryUsage.rss()
}
const threads = () => (process.platform === 'linux' ? readdirSync('/proc/self/task').length : NaN)
/** @param {number} bytes */
const mib = (bytes) => (bytes / MIB).toFixed(1)

/** @param {boolean} holds @param {string} what */
const check = (holds, what) => {
  console.log(`${holds ? 'ok    ' : 'FAILED'} ${what}`)
  if (!holds) process.exitCode = 1
}

const points = fromArrays({
  x: Array.from({ length: 160 }, (_, i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1, i / 160]),
  y: Array.from({ length: 160 }, (_, i) => (i & 1) ^ ((i >> 1) & 1)),
})

/** 32,000 points, so that an epoch has 2,000 steps: the history of many short epochs is memory too. */
const manyPoints = fromArrays({
  x: Array.from({ length: 32_000 }, (_, i) => [i & 1, (i >> 1) & 1, (i >> 2) & 1, (i % 160) / 160]),
  y: Array.from({ length: 32_000 }, (_, i) => (i & 1) ^ ((i >> 1) & 1)),
})

/** As many pixels as MNIST has: 784 of each of 30,000 pictures. */
const pictures = fromArrays(
  {
    x: Uint8Array.from({ length: 30_000 * 784 }, (_, i) => (i * 7919) % 251),
    y: Int32Array.from({ length: 30_000 }, (_, i) => i % 10),
  },
  { shape: [28, 28, 1] },
)

/** @param {number} epochs */
const small = (epochs, data = points) =>
  new Trainer({
    model: sequential([dense({ units: 8, activation: 'relu' }), dense({ units: 2 })]),
    data,
    loss: crossEntropy(),
    optimizer: adamW({ learningRate: 1e-3 }),
    batchSize: 16,
    epochs,
    seed: 0,
  })

async function manySteps() {
  let first = 0
  let seen = 0
  for await (const event of small(steps / 2000, manyPoints).fit()) {
    if (event.type !== 'epoch') continue
    if (first === 0) first = await settle()
    seen = event.step
  }
  const last = await settle()
  const growth = (100 * (last - first)) / first
  check(growth <= 1, `${seen} steps: ${mib(first)} to ${mib(last)} MiB (${growth.toFixed(2)} %)`)
}

async function manyTrainers() {
  const half = async () => {
    for (let i = 0; i < trainers / 2; i++) {
      const trainer = small(1)
      if (i % 100 === 0) await trainer.fit()
      else await trainer.weights()
    }
    return settle()
  }
  const [first, before] = [await half(), threads()]
  const [last, after] = [await half(), threads()]
  check(
    last - first <= 8 * MIB,
    `${trainers} trainers: ${mib(first)} to ${mib(last)} MiB, ${before} to ${after} threads`,
  )
}

async function eventLoop() {
  const trainer = new Trainer({
    model: sequential([
      flatten(),
      dense({ units: 300, activation: 'relu' }),
      dense({ units: 100, activation: 'relu' }),
      dense({ units: 10 }),
    ]),
    data: pictures,
    loss: crossEntropy(),
    optimizer: sgd({ learningRate: 0.01 }),
    batchSize: 32,
    epochs: 12,
    seed: 0,
  })
  const server = createServer((_, response) => response.end('ok')).listen(0)
  await new Promise((resolve) => server.once('listening', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : NaN
  /** @returns {Promise<number>} */
  const answer = () =>
    new Promise((resolve, reject) => {
      const began = performance.now()
      get({ port }, (response) =>
        response.resume().once('end', () => resolve(performance.now() - began)),
      ).once('error', reject)
    })
  await trainer.plan()
  const delay = monitorEventLoopDelay({ resolution: 1 })
  const answers = []
  const ended = new AbortController()
  delay.enable()
  const run = trainer.fit().finally(() => ended.abort())
  while (!ended.signal.aborted) {
    answers.push(await answer())
    await sleep(5)
  }
  delay.disable()
  await run
  server.close()
  const p99 = delay.percentile(99) / 1e6
  const slowest = answers.toSorted((a, b) => a - b)[Math.floor(answers.length * 0.99)] ?? NaN
  check(p99 <= 3, `event loop while every core trains: p99 ${p99.toFixed(2)} ms`)
  console.log(`       ${answers.length} HTTP answers meanwhile: p99 ${slowest.toFixed(2)} ms`)
}

await eventLoop()
await manySteps()
await manyTrainers()
