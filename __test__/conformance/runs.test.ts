// Whatever stands in a run trains alike on any number of threads, comes back from a file, and is checked.

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'

import { Trainer } from '../../src/index.ts'
import type { RunConfig } from '../../src/index.ts'
import { parseRun } from '../../src/trainer/schema.ts'
import { hashOf } from '../trainer/small.ts'
import { runs } from './runs.ts'

const folder = mkdtempSync(join(tmpdir(), 'attune-conformance-'))
afterAll(() => rmSync(folder, { recursive: true }))

test.each(runs)('$kind $type trains alike on one and three threads', async ({ run }) => {
  const ends = []
  for (const threads of [1, 3]) {
    const trainer = new Trainer({ ...run, threads })
    const { history } = await trainer.fit()
    ends.push([await hashOf(trainer), history.at(-1)?.loss, history.at(-1)?.metrics])
  }
  expect(ends[1]).toEqual(ends[0])
})

test.each(runs)('$kind $type comes back from a file as if it had never stopped', async (row) => {
  const { kind, type, run } = row
  const file = join(folder, `${kind}-${type}.safetensors`)
  const trainer = new Trainer({ ...run, threads: 1 })
  await trainer.fit()
  await trainer.save(file)
  const loaded = await Trainer.load(file, { data: run.data })
  expect(await loaded.evaluate('train')).toEqual(await trainer.evaluate('train'))
  const [next, again] = [await loaded.fit(), await trainer.fit()]
  expect(next.history.map(({ loss }) => loss)).toEqual(again.history.map(({ loss }) => loss))
  expect(await hashOf(loaded)).toBe(await hashOf(trainer))
})

test.each(runs)('$kind $type is refused under its path with an option it has not', (row) => {
  const { place, wrong } = misspelt(row.kind, row.run)
  expect(() => parseRun(wrong)).toThrow(place)
  expect(() => parseRun(row.run)).not.toThrow()
})

/** A config with an option that nothing has. */
function add(value: unknown): object {
  const config = typeof value === 'string' ? { type: value } : (value as object)
  return { ...config, colour: 1 }
}

/** The run with an unknown option where its kind stands, and the path that the error names. */
function misspelt(kind: string, run: RunConfig): { wrong: unknown; place: string } {
  const layers = (option: string): { wrong: unknown; place: string } => {
    const [layer, ...rest] = (run.model as unknown as { layers: Record<string, unknown>[] }).layers
    const changed = { ...layer, [option]: add(layer?.[option]) }
    return {
      wrong: { ...run, model: { type: 'sequential', layers: [changed, ...rest] } },
      place: `model.layers.0.${option}: unknown option \`colour\``,
    }
  }
  switch (kind) {
    case 'constraint':
      return layers('kernelConstraint')
    case 'initializer':
      return layers('weightInitializer')
    case 'schedule': {
      const { optimizer } = run
      const learningRate = add(optimizer.learningRate)
      return {
        wrong: { ...run, optimizer: { ...optimizer, learningRate } },
        place: 'optimizer.learningRate: unknown option `colour`',
      }
    }
    case 'metric':
      return {
        wrong: { ...run, metrics: run.metrics?.map(add) },
        place: 'metrics.0: unknown option',
      }
    case 'callback': {
      const place = 'callbacks.0: unknown option'
      return { wrong: { ...run, callbacks: run.callbacks?.map(add) }, place }
    }
    case 'change':
      return {
        wrong: { ...run, augment: run.augment?.map(add) },
        place: 'augment.0: unknown option',
      }
    default: {
      const one = run[kind as 'loss' | 'optimizer' | 'regularizer']
      return { wrong: { ...run, [kind]: add(one) }, place: `${kind}: unknown option \`colour\`` }
    }
  }
}
