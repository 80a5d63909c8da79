// Tests and benches run the TypeScript sources directly; the native binary must have been built.
import { defineConfig, type ViteUserConfig } from 'vitest/config'

const config: ViteUserConfig = defineConfig({
  test: {
    include: ['__test__/**/*.test.ts', 'src/**/*.test.ts'],
    benchmark: { include: ['bench/**/*.bench.ts'] },
    pool: 'forks',
    testTimeout: 60_000,
    server: { deps: { external: [/native\/binding\.cjs$/] } },
  },
})

export default config
