// Whole runs from raw files by the configs of the examples: census, housing and Titanic.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

import { kFold, Trainer } from '../../src/index.ts'
import type { RunConfig, TableConfig } from '../../src/index.ts'
import { sharedData } from './shared-data.ts'

const tabular = sharedData('tabular')
const file = (name: string): string => join(tabular ?? '', name)

type TableRun = Omit<RunConfig, 'data'> & { readonly data: TableConfig }

const example = (name: string): TableRun =>
  parse(readFileSync(join(import.meta.dirname, '../../examples', name), 'utf8')) as TableRun

test.skipIf(tabular === undefined)('incomes of the census are told at .85', async () => {
  const run = example('adult.yaml')
  const files = { file: file('jb-adult-train.csv.gz'), test: file('jb-adult-test.csv.gz') }
  const trainer = new Trainer({ ...run, data: { ...run.data, ...files } })
  await trainer.fit()
  const { metrics } = await trainer.evaluate('test')
  expect(metrics['accuracy']).toBeGreaterThanOrEqual(0.85)
})

test.skipIf(tabular === undefined)('house values are told within .45 deviations', async () => {
  const run = example('california-housing.yaml')
  const data = { ...run.data, file: file('california-housing.csv.gz') }
  const trainer = new Trainer({ ...run, data })
  await trainer.fit()
  // 51,000 dollars, which is what an MLP of this size reaches with scikit-learn.
  expect((await trainer.evaluate('test')).metrics['rmse']).toBeLessThan(0.45)
  const row = { longitude: -122.23, latitude: 37.88, housing_median_age: 41, total_rooms: 880 }
  const more = {
    population: 322,
    households: 126,
    median_income: 8.3252,
    ocean_proximity: 'NEAR BAY',
  }
  const [value] = (await trainer.predict({ rows: [{ ...row, ...more, total_bedrooms: null }] }))
    .values
  expect(value).toBeGreaterThan(300_000)
  expect(value).toBeLessThan(560_000)
})

test.skipIf(tabular === undefined)(
  'survivors of the Titanic are told at .8 in ten folds',
  async () => {
    const run = example('titanic.yaml')
    const folds = kFold({ ...run.data, file: file('titanic-kaggle-train.csv') }, { folds: 10 })
    const accuracies = []
    for (const data of folds) {
      const trainer = new Trainer({ ...run, data })
      await trainer.fit()
      accuracies.push((await trainer.evaluate('validation')).metrics['accuracy'] ?? 0)
    }
    const mean = accuracies.reduce((sum, accuracy) => sum + accuracy, 0) / accuracies.length
    expect(mean).toBeGreaterThanOrEqual(0.8)
  },
)
