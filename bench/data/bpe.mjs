// GPT-2's byte pair encoding of Tiny Shakespeare: Attune beside Hugging Face's tokenizers, in turn in one run, one thread each.
//
//     PYTHON=path/to/python node bench/data/bpe.mjs vocab.json merges.txt input.txt
//
// PYTHON names an interpreter with tokenizers (see bpe.py). Both encode the whole text at once, then
// its lines one by one. Printed are the medians of ROUNDS rounds after one to warm up, and the most
// memory that each program held.

import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { median, start } from './program.mjs'

const rounds = Number(process.env.ROUNDS ?? 7)
const [vocabulary, merges, input, role] = process.argv.slice(2)

if (role === 'attune') await answer()
else await compare()

/** Answers each line with the seconds of both passes and the process' largest memory in MiB. */
async function answer() {
  const { Tokenizer } = await import('../../dist/index.js')
  const tokenizer = await Tokenizer.load({ path: vocabulary, merges })
  const text = readFileSync(input, 'utf8')
  const lines = text.split('\n')
  for await (const _ of createInterface({ input: process.stdin })) {
    const begin = performance.now()
    const tokens = tokenizer.encode(text).length
    const between = performance.now()
    for (const line of lines) tokenizer.encode(line)
    const end = performance.now()
    const peak = Number(/VmHWM:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024
    const [whole, byLine] = [(between - begin) / 1000, (end - between) / 1000]
    process.stdout.write(`${JSON.stringify({ whole, byLine, peak, tokens })}\n`)
  }
}

async function compare() {
  if (input === undefined) throw new Error('expected a vocabulary, merges and a text')
  const files = [vocabulary, merges, input]
  const env = { RAYON_NUM_THREADS: '1', TOKENIZERS_PARALLELISM: 'false' }
  const python = process.env.PYTHON ?? 'python3'
  const programs = {
    attune: start('node', [fileURLToPath(import.meta.url), ...files, 'attune'], env),
    tokenizers: start(python, [fileURLToPath(new URL('bpe.py', import.meta.url)), ...files], env),
  }
  const found = { attune: [], tokenizers: [] }
  for (let round = 0; round <= rounds; round++) {
    for (const [name, program] of Object.entries(programs)) {
      const figures = await program.ask()
      if (round > 0) found[name].push(figures)
    }
  }
  const seconds = (name, what) => median(found[name].map((one) => one[what]))
  for (const [name, all] of Object.entries(found)) {
    const { peak, tokens } = all.at(-1)
    const [whole, byLine] = ['whole', 'byLine'].map((what) => seconds(name, what).toFixed(4))
    console.log(
      `${name.padEnd(10)} ${tokens} tokens, whole ${whole} s, by line ${byLine} s, peak ${peak.toFixed(0)} MiB`,
    )
  }
  for (const what of ['whole', 'byLine']) {
    const ratio = seconds('tokenizers', what) / seconds('attune', what)
    console.log(`tokenizers / attune, ${what}: ${ratio.toFixed(2)}`)
  }
  for (const program of Object.values(programs)) program.end()
}
