/** A field or group as the footer describes it (https://github.com/apache/parquet-format, SchemaElement). */
export interface SchemaElement {
  readonly name: string;
  /** Undefined for a group. */
  readonly physical: number | undefined;
  readonly typeLength: number;
  readonly repetition: number;
  readonly children: number;
  readonly converted: number | undefined;
  readonly logical: LogicalAnnotation | undefined;
  readonly precision: number;
  readonly scale: number;
}

/** A member of the union `LogicalType` with the parameters that it has. */
export interface LogicalAnnotation {
  readonly id: number;
  readonly precision: number;
  readonly scale: number;
  readonly utc: boolean;
  readonly unit: number;
  readonly bits: number;
  readonly signed: boolean;
}
