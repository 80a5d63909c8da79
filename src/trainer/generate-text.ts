// Generating text: what a language model continues a prompt with, through the tokenizer saved with it.

import { preparedTokenizer } from '../data/index.ts'
import type { TextPreparation } from '../data/index.ts'
import { AttuneError } from '../errors/index.ts'
import { generate } from './generate.ts'
import type { GenerateOptions } from './generate.ts'
import type { Trainer } from './trainer.ts'

/**
 * What a language model of texts (`textWindows`, `datasets.tinyShakespeare`) continues a prompt with,
 * without the prompt.
 *
 * @param prompt a text of at least one token.
 * @throws `AttuneError` `CONFIG` for a run whose data were no texts, and what `generate` throws.
 * @example
 * ```ts
 * const trainer = await Trainer.load('runs/gpt-shakespeare')
 * console.log(await generateText(trainer, 'ROMEO:', { tokens: 300, temperature: 0.8, topK: 40 }))
 * ```
 */
export async function generateText(
  trainer: Trainer,
  prompt: string,
  options: GenerateOptions = {},
): Promise<string> {
  const { preparation } = trainer
  if (preparation?.type !== 'text') {
    const message = 'generateText: expected a run whose data were texts: give ids to `generate`'
    throw new AttuneError('CONFIG', message)
  }
  const tokenizer = await preparedTokenizer(preparation as TextPreparation)
  const ids = tokenizer.encode(prompt, { addSpecialTokens: false })
  return tokenizer.decode(await generate(trainer, [...ids], options))
}
