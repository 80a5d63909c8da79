// Tables: files of rows read into typed columns.

export { readTable, Table } from './file-table.ts'
export type { ColumnDescription, ReadFileOptions } from './file-table.ts'
export type { ColumnKind, ReadTableOptions } from './read-table.ts'
