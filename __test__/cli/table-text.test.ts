// What `attune inspect data` prints of a table.
import { expect, test } from 'vitest'

import { tableText } from '../../src/cli/table-text.ts'
import { describeData, resolveData, table } from '../../src/index.ts'

test('columns and what the steps found stand under one another', async () => {
  const rows = [
    { size: 1.5, city: 'Oslo', kind: 'x' },
    { size: null, city: 'Bergen', kind: 'y' },
    { size: Infinity, city: 'a name that is longer than a line', kind: 'x' },
  ]
  const steps = { type: 'missing', columns: 'size', fill: 'constant', value: 2 } as const
  const preprocess = [{ type: 'range', columns: 'size', max: 9, action: 'missing' }, steps] as const
  const more = [{ type: 'oneHot' }] as const
  const config = table({
    rows,
    target: 'kind',
    validation: 0,
    preprocess: [...preprocess, ...more],
  })
  const described = (await describeData(await resolveData(config))).table
  expect(described && tableText(described)).toBe(`\
column of 3 rows  kind    missing  distinct  range                           frequent
size              number  1        2         1.5 to infinite, mean infinite  1.5 1, inf 1
city              text    0        3                                         Oslo 1, Bergen 1, a name that is longer t… 1
kind              text    0        2                                         x 2, y 1

part   step       column  found  action   rule
train  0 range    size    1      missing  at most 9
train  1 missing  size    2      fill     with 2
`)
})
