// What a run needs before its first step: a native session and the programs of its model.

import type { Source } from '../data/index.ts'
import type { Metric } from '../metrics/index.ts'
import { lossOf } from '../nn/index.ts'
import type { Module } from '../nn/index.ts'
import { optimizerOf } from '../optim/index.ts'
import { Programs } from './compiled.ts'
import { Engine } from './engine.ts'
import { classWeightOf } from './labels.ts'
import { pick } from './pick.ts'
import type { Signature } from './programs.ts'
import type { ResolvedRun } from './schema.ts'

/** A session whose states are made, and the programs that share them. */
export interface Ready {
  readonly engine: Engine
  readonly programs: Programs
}

/**
 * Makes the session and the first weights of a run.
 *
 * @param train the training samples, asked for where their classes are counted.
 * @throws `AttuneError` `CONFIG`, `SHAPE` or `MEMORY` for a model that cannot run.
 * @example
 * ```ts
 * const { engine, programs } = await makeReady(config, module, metrics, data, async () => data.train)
 * ```
 */
export async function makeReady(
  config: ResolvedRun,
  module: Module,
  metrics: readonly Metric[],
  signature: Signature,
  train: () => Promise<Source>,
): Promise<Ready> {
  const { augment, loss, optimizer, regularizer, accumulate, seed, threads, memoryLimit } = config
  const parts = {
    module,
    signature,
    augment,
    loss: lossOf(loss),
    metrics,
    optimizer: optimizerOf(optimizer),
    regularizer,
    accumulate,
    classWeight: undefined,
  }
  const classWeight = await classWeightOf(config, parts, train)
  const engine = new Engine(
    pick({ seed, threads, memoryLimit }, ['seed', 'threads', 'memoryLimit']),
  )
  const programs = new Programs({ ...parts, classWeight }, engine)
  await programs.declare()
  return { engine, programs }
}
