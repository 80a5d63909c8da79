// Types of an op's outputs, asked of the native shape rules once per signature.

import { guard } from '../errors/index.ts'
import { native } from '../native.ts'
import type { TensorType } from './dtype.ts'
import type { OpJson } from './node.ts'

const known = new Map<string, readonly TensorType[]>()
const capacity = 10_000

/**
 * The types of the outputs of `op`.
 *
 * @throws `AttuneError` `SHAPE`, `DTYPE` or `CONFIG`, led by `path`, where the inputs do not fit.
 * @example
 * ```ts
 * infer({ op: 'relu' }, [{ dtype: 'float32', shape: [2] }], 'layers.0')
 * ```
 */
export function infer(
  op: OpJson,
  inputs: readonly TensorType[],
  path: string,
): readonly TensorType[] {
  const opJson = JSON.stringify(op)
  const typesJson = JSON.stringify(inputs)
  const key = opJson + typesJson
  const cached = known.get(key)
  if (cached !== undefined) return cached
  const types = guard(() => JSON.parse(native().infer(opJson, typesJson)) as TensorType[], path)
  if (known.size >= capacity) known.clear()
  known.set(key, types)
  return types
}
