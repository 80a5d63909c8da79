// The list of built-in recipes.

import { digitsCnn } from './digits-cnn.ts'
import { fashionCnn } from './fashion-cnn.ts'
import { fashionMlp } from './fashion-mlp.ts'
import type { Recipe } from './recipe.ts'

/** Every built-in recipe by its name. */
export const recipes: Readonly<Record<string, Recipe>> = Object.fromEntries(
  [digitsCnn, fashionCnn, fashionMlp].map((recipe) => [recipe.name, recipe]),
)
