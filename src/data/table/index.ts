// Tables: rows of files or of one's own with a column to predict, and files read into typed columns.

export type { ColumnSummary, TableDescription } from './describe.ts'
export { breastCancer, diabetes, embeddedTables, iris, wine } from './embedded.ts'
export type { EmbeddedTableConfig, EmbeddedTableName, EmbeddedTableOptions } from './embedded.ts'
export { readTable, Table } from './file-table.ts'
export type { ColumnDescription, ReadFileOptions } from './file-table.ts'
export type { ColumnKind, ReadTableOptions } from './read-table.ts'
export { table, tableData } from './table.ts'
export type { SplitByColumn, TableConfig, TableOptions, TableSource, TableSplit } from './table.ts'
