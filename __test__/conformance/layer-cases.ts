// Cases of every layer: configs and what goes in, from the golden files and for what they lack.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import {
  dense,
  dropout,
  dropPath,
  gaussianNoise,
  sequential,
  spatialDropout,
  tanh,
} from '../../src/index.ts'
import type { LayerConfig } from '../../src/index.ts'
import { layers } from '../../src/nn/layers.ts'
import { given } from '../golden/numbers.ts'
import type { Given } from '../golden/numbers.ts'
import type { Numbers } from '../golden/run-layer.ts'

/** A layer and its inputs. */
export interface LayerCase {
  readonly type: string
  readonly name: string
  readonly config: LayerConfig
  readonly inputs: readonly Numbers[]
}

interface Golden {
  readonly name: string
  readonly config: LayerConfig
  readonly shape?: readonly number[]
  readonly inputs?: readonly Given[]
}

function read(file: string): Golden[] {
  const path = join(import.meta.dirname, '..', 'golden', `${file}.json`)
  return JSON.parse(readFileSync(path, 'utf8')) as Golden[]
}

const golden = ['layers', 'attention', 'recurrent'].flatMap(read)

/** Layers that draw random numbers, or only hold others: PyTorch has nothing to compare with. */
const others: readonly Golden[] = [
  dropout({ rate: 0.3 }),
  dropPath({ rate: 0.3 }),
  spatialDropout({ rate: 0.3 }),
  gaussianNoise({ deviation: 0.3 }),
  sequential([dense({ units: 3 }), tanh()]),
].map((config) => ({ name: config.type, config, shape: [2, 3, 4] }))

/** All cases, at least one for each layer of the list. */
export const layerCases: readonly LayerCase[] = Object.keys(layers).flatMap((type) => {
  const found = [...golden, ...others].filter(({ config }) => config.type === type)
  if (found.length === 0) throw new Error(`layer ${type} has no case: add one to its golden file`)
  return found.map(({ name, config, shape, inputs = [{ shape }] }) => ({
    type,
    name,
    config,
    inputs: inputs.map((one, i) => given(`${name} ${i}`, one as Given)),
  }))
})
