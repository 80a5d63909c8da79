// Tokenizers by hand: ids, texts that come back, files, and what is refused.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { afterAll, expect, test } from 'vitest'

import { bytePairs, characters, Tokenizer, wordPieces, words } from '../../src/data/index.ts'
import type { TokenizerConfig } from '../../src/data/index.ts'
import { sharedData } from './shared-data.ts'

const root = mkdtempSync(join(tmpdir(), 'attune-tokenizers-'))
afterAll(() => rmSync(root, { recursive: true }))

const shakespeare = gunzipSync(
  readFileSync(join(import.meta.dirname, '../../crates/data/embedded/tiny-shakespeare.txt.gz')),
).toString()
const lines = shakespeare.slice(0, 50_000).split('\n')

const refusal = (config: unknown, texts: readonly string[] = ['a b']): Promise<string> =>
  Tokenizer.train(config as TokenizerConfig, texts).then(
    () => '',
    ({ code, message }: Error & { code: string }) => `${code} ${message}`,
  )

test('byte pairs bring every text back as it was', async () => {
  const tokenizer = await Tokenizer.train(bytePairs({ vocabularySize: 600 }), lines)
  expect(tokenizer.size).toBe(600)
  for (const text of ['', 'To be, or not', ' \n\t ', 'naïve 中文 😀\u0000', '<|endoftext|>']) {
    const ids = tokenizer.encode(text)
    expect(tokenizer.decode(ids, { skipSpecialTokens: false })).toBe(text)
  }
  expect(tokenizer.encode('<|endoftext|>')).toEqual(Int32Array.of(0))
  expect(tokenizer.decode([0])).toBe('')
  expect(tokenizer.encode('thou').length).toBeLessThan(4)
})

test('texts encoded together are those encoded one by one', async () => {
  const config = wordPieces({ vocabularySize: 400 })
  const tokenizer = await Tokenizer.train(config, lines)
  const together = await tokenizer.encodeBatch(lines.slice(0, 50))
  expect(together).toEqual(lines.slice(0, 50).map((line) => tokenizer.encode(line)))
  const [cls, sep] = [tokenizer.idOf('[CLS]'), tokenizer.idOf('[SEP]')]
  const ids = tokenizer.encode('The people')
  expect([ids[0], ids.at(-1)]).toEqual([cls, sep])
  expect(tokenizer.encode('The people', { addSpecialTokens: false })).toEqual(ids.slice(1, -1))
  expect(tokenizer.decode(ids)).toBe('the people')
})

test('words and characters have the ids that their frequency or order gives', async () => {
  const counted = await Tokenizer.train(words(), ['b a b', 'b C a'])
  expect(['[PAD]', '[UNK]', 'b', 'a', 'c'].map((token) => counted.idOf(token))).toEqual([
    0, 1, 2, 3, 4,
  ])
  expect([...counted.encode('A b z')]).toEqual([3, 2, 1])
  const spelt = await Tokenizer.train(characters({ specialTokens: [], unknownToken: null }), [
    'cab',
  ])
  expect([...spelt.encode('abc')]).toEqual([0, 1, 2])
  expect(() => spelt.encode('abd')).toThrow("came 'd' at character 2")
  expect([spelt.tokenOf(2), spelt.tokenOf(3), spelt.tokenOf(-1)]).toEqual([
    'c',
    undefined,
    undefined,
  ])
})

test('a saved tokenizer is read back', async () => {
  const file = join(root, 'tokenizer.json')
  const made = await Tokenizer.train(bytePairs({ vocabularySize: 400 }), lines)
  await made.save(file)
  const read = await Tokenizer.load(file)
  expect(read.encode(shakespeare.slice(0, 1000))).toEqual(made.encode(shakespeare.slice(0, 1000)))
  expect(read.toJson()).toBe(made.toJson())
  await expect(made.save(join(root, 'no', 'folder.json'))).rejects.toMatchObject({ code: 'IO' })
})

test('training gives the same tokenizer whatever the order of the texts', async () => {
  for (const config of [
    words(),
    bytePairs({ vocabularySize: 500 }),
    wordPieces({ vocabularySize: 300 }),
  ]) {
    const [first, second] = await Promise.all([
      Tokenizer.train(config, lines),
      Tokenizer.train(config, lines.toReversed()),
    ])
    expect(first.toJson()).toBe(second.toJson())
  }
})

test.for([
  [words({ unknownToken: '[NO]' }), 'CONFIG tokenizer.unknownToken: expected one of specialTokens'],
  [words({ vocabularySize: 0 }), 'CONFIG tokenizer.vocabularySize: expected a whole number'],
  [
    words({ specialTokens: ['a', 'a'] }),
    'CONFIG tokenizer.specialTokens: expected tokens that differ',
  ],
  [wordPieces({ specialTokens: ['[PAD]'] }), 'CONFIG tokenizer.specialTokens: expected [UNK]'],
  [{ type: 'bytePair' }, 'did you mean "bytePairs"?'],
  [{ type: 'words', cut: 'blank' }, 'CONFIG tokenizer.cut: expected one of words, whitespace'],
] as const)('%j is refused by name', async ([config, message]) => {
  expect(await refusal(config)).toContain(message)
})

test('files of another kind are refused by name, and ids that are no tokens', async () => {
  const write = (name: string, text: string): string => {
    const file = join(root, name)
    writeFileSync(file, text)
    return file
  }
  for (const [name, text, words] of [
    ['list.json', '[1, 2]', 'or a JSON object'],
    ['other.json', '{"layers": [1]}', 'expected a tokenizer.json, an object with a `model`, came'],
    ['vocabulary.json', '{"a": 0, "b": 1}', 'give the file of merges too'],
    ['cut.json', '{"model": {"type": "BPE", ', 'not valid JSON'],
    ['pieces.txt', 'a\nb\n', "expected BERT's pieces with [UNK]"],
    ['twice.txt', '[UNK]\n[CLS]\n[SEP]\na\na\n', 'line 5: "a" is on line 4 too'],
  ] as const) {
    const file = write(name, text)
    await expect(Tokenizer.load(file)).rejects.toMatchObject({ code: 'CORRUPT' })
    await expect(Tokenizer.load(file)).rejects.toThrow(file)
    await expect(Tokenizer.load(file)).rejects.toThrow(words)
  }
  const path = write('vocab.json', '{"a": 0, "b": 1, "ab": 2}')
  const merges = write('merges.txt', '#version: 0.2\na b\nab c\n')
  await expect(Tokenizer.load({ path, merges })).rejects.toThrow('merge 1: "c" is no token')
  await expect(Tokenizer.load(join(root, 'absent'))).rejects.toMatchObject({ code: 'IO' })
  await expect(Tokenizer.load({ path, bytes: 3 })).rejects.toThrow('at most 3 bytes, came')
  const tokenizer = await Tokenizer.train(words(), ['a'])
  expect(() => tokenizer.decode([7])).toThrow('expected ids below 3, came 7 at place 0')
  expect(() => tokenizer.decode([-1])).toThrow('at least 0, came -1')
})

test("GPT-2's files count Tiny Shakespeare as published", async (context) => {
  const folder = sharedData('gpt2-bpe')
  if (folder === undefined) return context.skip()
  const tokenizer = await Tokenizer.load({
    path: join(folder, 'encoder.json'),
    merges: join(folder, 'vocab.bpe'),
  })
  const parts = [shakespeare.slice(0, 1_003_854), shakespeare.slice(1_003_854)]
  const counts = (await tokenizer.encodeBatch(parts)).map(({ length }) => length)
  expect(counts).toEqual([301_966, 36_059])
  return undefined
})
