// What is used of parquetjs-lite, which brings no declarations.
declare module "parquetjs-lite" {
  export interface ParquetSchema {
    readonly fields: Readonly<Record<string, unknown>>;
  }
  export class ParquetWriter {
    static openFile(schema: ParquetSchema, path: string): Promise<ParquetWriter>;
    appendRow(record: Readonly<Record<string, unknown>>): Promise<void>;
    close(): Promise<void>;
  }
  export class ParquetReader {
    static openFile(path: string): Promise<ParquetReader>;
    getCursor(): { next(): Promise<Record<string, unknown> | null> };
    close(): Promise<void>;
  }
  const parquet: {
    ParquetSchema: new (fields: Readonly<Record<string, Readonly<Record<string, unknown>>>>) => ParquetSchema;
    ParquetWriter: typeof ParquetWriter;
    ParquetReader: typeof ParquetReader;
  };
  export default parquet;
}
