// The small tables that ship inside the package: iris, wine, breast cancer and diabetes.

import { z } from 'zod'

import { options } from '../../config/index.ts'
import { guard, guarded } from '../../errors/index.ts'
import { native } from '../../native.ts'
import type { DataDefinition } from '../define.ts'
import { tableSamples } from './load-table.ts'
import type { ResolvedTable, TableOptions } from './table.ts'
import { partFields } from './table.ts'

/** Options of `datasets.iris`, `wine`, `breastCancer` and `diabetes`; those of `table` of the same names. */
export type EmbeddedTableOptions = Pick<
  TableOptions,
  'preprocess' | 'balance' | 'validation' | 'validationFrom' | 'test' | 'testFrom'
>

/** The config of a table inside the package. */
export interface EmbeddedTableConfig<
  Type extends EmbeddedTableName = EmbeddedTableName,
> extends EmbeddedTableOptions {
  readonly type: Type
}

/** The tables inside the package. */
export type EmbeddedTableName = keyof typeof targets

/** The column that each is read to predict. */
const targets = {
  breastCancer: 'diagnosis',
  diabetes: 'progression',
  iris: 'species',
  wine: 'cultivar',
} as const

/**
 * 150 flowers: 4 measures in cm, and which of 3 species of iris each is. R. A. Fisher 1936, UCI
 * Machine Learning Repository, CC BY 4.0, https://doi.org/10.24432/C56C76.
 *
 * @example
 * ```ts
 * datasets.iris({ validation: 0.3, validationFrom: 'stratified' })
 * ```
 */
export function iris(given: EmbeddedTableOptions = {}): EmbeddedTableConfig<'iris'> {
  return { type: 'iris', ...given }
}

/**
 * 178 wines: 13 measures, and which of 3 cultivars each was made of. S. Aeberhard and M. Forina 1992,
 * UCI Machine Learning Repository, CC BY 4.0, https://doi.org/10.24432/C5PC7J.
 *
 * @example
 * ```ts
 * datasets.wine({ preprocess: [preprocess.standard()] })
 * ```
 */
export function wine(given: EmbeddedTableOptions = {}): EmbeddedTableConfig<'wine'> {
  return { type: 'wine', ...given }
}

/**
 * 569 tumours: 30 measures of their cells, and whether each is benign or malignant. W. Wolberg,
 * O. Mangasarian, N. Street and W. Street 1993, UCI Machine Learning Repository, CC BY 4.0,
 * https://doi.org/10.24432/C5DW2B.
 *
 * @example
 * ```ts
 * datasets.breastCancer({ balance: 'weights' })
 * ```
 */
export function breastCancer(
  given: EmbeddedTableOptions = {},
): EmbeddedTableConfig<'breastCancer'> {
  return { type: 'breastCancer', ...given }
}

/**
 * 442 patients: age, sex, body mass index, blood pressure and 6 blood serums, raw, and how far the
 * disease went in a year, from 25 to 346. B. Efron, T. Hastie, I. Johnstone and R. Tibshirani 2004,
 * https://www4.stat.ncsu.edu/~boos/var.select/diabetes.html.
 *
 * @example
 * ```ts
 * datasets.diabetes({ validation: { fold: 0, of: 5 } })
 * ```
 */
export function diabetes(given: EmbeddedTableOptions = {}): EmbeddedTableConfig<'diabetes'> {
  return { type: 'diabetes', ...given }
}

/** How a table inside the package is checked and loaded. */
function embedded<Type extends EmbeddedTableName>(
  type: Type,
): DataDefinition<EmbeddedTableConfig<Type>, ResolvedTable> {
  return {
    type,
    schema: options({ type: z.literal(type), ...partFields }) as never,
    load: async (config, seed, where) => {
      const { Table } = guard(native, where)
      const table = await guarded(Table.embedded(type), where)
      const resolved = { ...config, target: targets[type], onBadSample: 'error' } as const
      return tableSamples({ table, name: type }, resolved, seed, where, [])
    },
  }
}

/** How the tables inside the package are checked and loaded, by their names. */
export const embeddedTables: {
  readonly [Type in EmbeddedTableName]: DataDefinition<EmbeddedTableConfig<Type>, ResolvedTable>
} = {
  breastCancer: embedded('breastCancer'),
  diabetes: embedded('diabetes'),
  iris: embedded('iris'),
  wine: embedded('wine'),
}
