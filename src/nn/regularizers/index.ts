// The regularizers.

export { elasticNet } from './elastic-net.ts'
export type { ElasticNetConfig, ElasticNetOptions } from './elastic-net.ts'
export { l1 } from './l1.ts'
export type { L1Config, L1Options } from './l1.ts'
export { l2 } from './l2.ts'
export type { L2Config, L2Options } from './l2.ts'
