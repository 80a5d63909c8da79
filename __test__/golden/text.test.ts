// Tokenizers beside Hugging Face's: what text.py wrote.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { expect, test } from 'vitest'

import { Tokenizer } from '../../src/data/index.ts'
import type { TokenizerConfig } from '../../src/data/index.ts'

interface Case {
  readonly text: string
  readonly ids: readonly number[]
  readonly decoded: string
}

const golden = JSON.parse(readFileSync(join(import.meta.dirname, 'text.json'), 'utf8')) as {
  readonly lines: number
  readonly trained: readonly { readonly config: TokenizerConfig; readonly cases: Case[] }[]
  readonly files: readonly { readonly name: string; readonly json: string; readonly cases: Case[] }[]
}
const embedded = '../../crates/data/embedded/tiny-shakespeare.txt.gz'
const text = gunzipSync(readFileSync(join(import.meta.dirname, embedded))).toString()
const lines = text.slice(0, golden.lines).split('\n')

function made(tokenizer: Tokenizer, cases: readonly Case[]): Case[] {
  return cases.map(({ text: one }) => {
    const ids = tokenizer.encode(one)
    return { text: one, ids: [...ids], decoded: tokenizer.decode(ids) }
  })
}

test.for(golden.trained)('$config is learned and encodes as there', async ({ config, cases }) => {
  expect(cases.length).toBe(11)
  expect(made(await Tokenizer.train(config, lines), cases)).toEqual(cases)
})

test.for(golden.files)('a tokenizer.json of the kind $name is read', async ({ json, cases }) => {
  const tokenizer = await Tokenizer.fromJson(json)
  expect(made(tokenizer, cases)).toEqual(cases)
  expect(made(await Tokenizer.fromJson(tokenizer.toJson()), cases)).toEqual(cases)
})
