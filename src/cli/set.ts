// `--set path=value`: a config with one value replaced.

import { UsageError } from './io.ts'

/**
 * A copy of `config` with the value at a dotted path replaced; the value is JSON, or else text.
 *
 * @throws `UsageError` where the text is no `path=value` or the path leads through a value.
 * @example
 * ```ts
 * withSetting({ optimizer: { type: 'sgd' } }, 'optimizer.learningRate=0.1')
 * ```
 */
export function withSetting(config: unknown, setting: string): unknown {
  const at = setting.indexOf('=')
  const path = setting.slice(0, Math.max(0, at))
  const keys = path.split('.')
  if (at < 1 || keys.some((key) => key === '' || key === '__proto__')) {
    const message = `--set expects path=value such as optimizer.learningRate=0.01, got ${setting}`
    throw new UsageError(message)
  }
  return replaced(config, keys, valueOf(setting.slice(at + 1)), path)
}

function replaced(holder: unknown, keys: readonly string[], value: unknown, path: string): unknown {
  const [key, ...rest] = keys
  if (key === undefined) return value
  if (holder !== undefined && (typeof holder !== 'object' || holder === null)) {
    throw new UsageError(
      `--set ${path}: there is a ${typeof holder} on the way, which has no fields`,
    )
  }
  if (Array.isArray(holder)) {
    const index = Number(key)
    if (!Number.isInteger(index) || index < 0 || index > holder.length) {
      throw new UsageError(`--set ${path}: expected a place from 0 to ${holder.length}, got ${key}`)
    }
    const copy: unknown[] = [...(holder as unknown[])]
    copy[index] = replaced(copy[index], rest, value, path)
    return copy
  }
  const fields = { ...(holder as Record<string, unknown> | undefined) }
  const own = Object.hasOwn(fields, key) ? fields[key] : undefined
  return { ...fields, [key]: replaced(own, rest, value, path) }
}

function valueOf(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
