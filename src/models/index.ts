// Built-in models and the recipes that train them.

export { articleCnn } from './article-cnn.ts'
export type { Recipe } from './recipe.ts'
export { recipes } from './recipes.ts'
