/*
 * Writes Parquet files by hand, byte for byte as a test wants them: valid ones that no writer at hand makes, and broken
 * ones. Thrift's compact protocol, from values that name their types.
 */

type Thrift =
  | { readonly i32: number }
  | { readonly i64: number }
  | { readonly bool: boolean }
  | { readonly text: string }
  | { readonly list: readonly Thrift[] }
  | { readonly struct: Fields };
type Fields = Readonly<Record<number, Thrift | undefined>>;

export const i32 = (value: number): Thrift => ({ i32: value });
export const i64 = (value: number): Thrift => ({ i64: value });
export const text = (value: string): Thrift => ({ text: value });
const list = (...values: readonly Thrift[]): Thrift => ({ list: values });
export const struct = (fields: Fields): Thrift => ({ struct: fields });

export interface TinyElement {
  readonly name: string;
  readonly type?: number;
  readonly length?: number;
  readonly repetition?: number;
  readonly children?: number;
  readonly converted?: number;
  readonly scale?: number;
  readonly precision?: number;
  /** The member of LogicalType, by its id. */
  readonly logical?: Fields;
}

export interface TinyPage {
  /** The page header's fields besides its sizes. */
  readonly header: Fields;
  readonly body: Buffer;
  readonly plainBytes?: number;
}

export interface TinyChunk {
  readonly pages: readonly TinyPage[];
  readonly values: number;
  readonly codec?: number;
  /** Fields to add to the ColumnChunk. */
  readonly extra?: Fields;
}

export interface TinyFile {
  /** The schema without its root, depth first. */
  readonly schema: readonly TinyElement[];
  readonly fields: number;
  readonly records: number;
  /** One per leaf. */
  readonly chunks: readonly TinyChunk[];
}

/** A file of one row group. */
export function tinyParquet(file: TinyFile): Buffer {
  const parts = [Buffer.from("PAR1")];
  let at = 4;
  const leaves = file.schema.filter(({ type }) => type !== undefined);
  const columns = file.chunks.map((chunk, c) => {
    const bytes = Buffer.concat(chunk.pages.map(writePage));
    const start = at;
    parts.push(bytes);
    at += bytes.length;
    return struct({
      2: i64(start),
      3: struct({
        1: i32(leaves[c]!.type!),
        2: list(),
        3: list(text(leaves[c]!.name)),
        4: i32(chunk.codec ?? 0),
        5: i64(chunk.values),
        6: i64(bytes.length),
        7: i64(bytes.length),
        9: i64(start),
      }),
      ...chunk.extra,
    });
  });
  const root = struct({ 4: text("root"), 5: i32(file.fields) });
  const footer = writeStruct({
    1: i32(1),
    2: list(root, ...file.schema.map(writeElement)),
    3: i64(file.records),
    4: list(struct({ 1: list(...columns), 2: i64(at), 3: i64(file.records) })),
  });
  return Buffer.concat([...parts, footer, uint32(footer.length), Buffer.from("PAR1")]);
}

/** A data page of version 1 without levels. */
export function plainPage(values: number, body: Buffer, encoding = 0): TinyPage {
  return { header: { 1: i32(0), 5: struct({ 1: i32(values), 2: i32(encoding), 3: i32(3), 4: i32(3) }) }, body };
}

/** The same with definition levels of one bit, each byte of `levels` for eight values. */
export function optionalPage(values: number, levels: readonly number[], body: Buffer, encoding = 0): TinyPage {
  const runs = Buffer.from([(levels.length << 1) | 1, ...levels]);
  return plainPage(values, Buffer.concat([uint32(runs.length), runs, body]), encoding);
}

export function dictionaryPage(entries: number, body: Buffer): TinyPage {
  return { header: { 1: i32(2), 7: struct({ 1: i32(entries), 2: i32(0) }) }, body };
}

/** BYTE_ARRAY values in the encoding PLAIN. */
export function byteArrays(...values: readonly (string | Buffer)[]): Buffer {
  return Buffer.concat(
    values.flatMap((value) => {
      const bytes = Buffer.from(value as string);
      return [uint32(bytes.length), bytes];
    }),
  );
}

export function uint32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function writePage({ header, body, plainBytes = body.length }: TinyPage): Buffer {
  return Buffer.concat([writeStruct({ 2: i32(plainBytes), 3: i32(body.length), ...header }), body]);
}

function writeElement(element: TinyElement): Thrift {
  const { type, length, repetition = 0, children, converted, scale, precision, logical } = element;
  const optional = (value: number | undefined): Thrift | undefined => (value === undefined ? undefined : i32(value));
  return struct({
    1: optional(type),
    2: optional(length),
    3: i32(repetition),
    4: text(element.name),
    5: optional(children),
    6: optional(converted),
    7: optional(scale),
    8: optional(precision),
    10: logical && struct(logical),
  });
}

export function writeStruct(fields: Fields): Buffer {
  const parts: Buffer[] = [];
  let last = 0;
  for (const [id, value] of Object.entries(fields).map(([key, member]) => [Number(key), member] as const)) {
    if (value === undefined) continue;
    const type = "bool" in value ? (value.bool ? 1 : 2) : typeOf(value);
    parts.push(Buffer.from([((id - last) << 4) | type]));
    if (!("bool" in value)) parts.push(writeValue(value));
    last = id;
  }
  return Buffer.concat([...parts, Buffer.from([0])]);
}

function typeOf(value: Thrift): number {
  if ("i32" in value) return 5;
  if ("i64" in value) return 6;
  if ("text" in value) return 8;
  return "list" in value ? 9 : 12;
}

function writeValue(value: Thrift): Buffer {
  if ("i32" in value) return varint(zigzag(value.i32));
  if ("i64" in value) return varint(zigzag(value.i64));
  if ("text" in value) return Buffer.concat([varint(BigInt(Buffer.byteLength(value.text))), Buffer.from(value.text)]);
  if ("struct" in value) return writeStruct(value.struct);
  if ("list" in value) return writeList(value.list);
  return Buffer.from([value.bool ? 1 : 0]);
}

function writeList(values: readonly Thrift[]): Buffer {
  const type = values[0] === undefined ? 5 : typeOf(values[0]);
  return Buffer.concat([Buffer.from([0xf0 | type]), varint(BigInt(values.length)), ...values.map(writeValue)]);
}

function zigzag(value: number): bigint {
  return value < 0 ? BigInt(value) * -2n - 1n : BigInt(value) * 2n;
}

export function varint(value: bigint): Buffer {
  const bytes: number[] = [];
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
