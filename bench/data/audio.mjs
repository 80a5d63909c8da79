// Log-mel features of the 3,000 spoken digits: Attune beside librosa, in turn in one run, two workers each.
//
//     PYTHON=path/to/python node bench/data/audio.mjs path/to/recordings
//
// PYTHON names an interpreter with librosa and soundfile (see audio.py). Both read WAV files, fill them
// up to one second and compute 40 mels of 256 samples every 80 samples in decibels. Printed are the
// medians of ROUNDS rounds after one to warm up, and the most memory that each program held.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { median, start } from './program.mjs'

const rounds = Number(process.env.ROUNDS ?? 5)
const [root, role] = process.argv.slice(2)

if (role === 'attune') await answer()
else await compare()

/** Answers each line with the seconds of a pass and the process' largest memory in MiB. */
async function answer() {
  const { audioFolder, logMel, resolveData } = await import('../../dist/index.js')
  const features = logMel({ mels: 40, fftSize: 256, hopSize: 80 })
  const config = { root, sampleRate: 8000, duration: 1, label: '^(\\d)_', validation: 0, features }
  for await (const _ of createInterface({ input: process.stdin })) {
    const begin = performance.now()
    const { train } = await resolveData(audioFolder({ ...config, normalise: 'none' }))
    const seconds = (performance.now() - begin) / 1000
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
    process.stdout.write(`${JSON.stringify({ seconds, peak, samples: train.length })}\n`)
  }
}

async function compare() {
  if (root === undefined) throw new Error('expected the folder of recordings')
  const own = ['node', [fileURLToPath(import.meta.url), root, 'attune']]
  const peer = [
    process.env.PYTHON ?? 'python3',
    [fileURLToPath(new URL('audio.py', import.meta.url)), root],
  ]
  const threads = { RAYON_NUM_THREADS: '2' }
  const programs = { attune: start(...own, threads), librosa: start(...peer, threads) }
  const found = { attune: [], librosa: [] }
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
      `${name.padEnd(8)} ${seconds[name].toFixed(3)} s for ${samples} files, ` +
        `peak ${peak.toFixed(0)} MiB (rounds: ${times})`,
    )
  }
  console.log(`librosa / attune ${(seconds.librosa / seconds.attune).toFixed(1)}`)
  for (const program of Object.values(programs)) program.end()
}
