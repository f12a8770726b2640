import type { ByteWriter } from "../../batch/byte-writer.ts";

/** Types of the compact protocol; a boolean field is its own value. */
const TRUE = 1;
const FALSE = 2;
const I32 = 5;
const I64 = 6;
const BINARY = 8;
const LIST = 9;
const STRUCT = 12;

/**
 * Writes Thrift's compact protocol, as far as Parquet's metadata needs it
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
 * Within a struct, fields come in the order of their ids. Integers are safe integers.
 */
export class ThriftWriter {
  readonly out: ByteWriter;
  #lastId = 0;

  constructor(out: ByteWriter) {
    this.out = out;
  }

  bool(id: number, value: boolean): void {
    this.#field(id, value ? TRUE : FALSE);
  }

  i32(id: number, value: number): void {
    this.#field(id, I32);
    this.integer(value);
  }

  i64(id: number, value: number): void {
    this.#field(id, I64);
    this.integer(value);
  }

  binary(id: number, bytes: Uint8Array): void {
    this.#field(id, BINARY);
    this.#bytes(bytes);
  }

  text(id: number, text: string): void {
    this.binary(id, Buffer.from(text));
  }

  /** An integer without a field's header, whatever its declared width. */
  integer(value: number): void {
    this.#varint(value >= 0 ? value * 2 : -value * 2 - 1);
  }

  struct(id: number, writeFields: () => void): void {
    this.#field(id, STRUCT);
    this.root(writeFields);
  }

  i32s(id: number, values: readonly number[]): void {
    this.#list(id, I32, values.length);
    for (const value of values) this.integer(value);
  }

  texts(id: number, texts: readonly string[]): void {
    this.#list(id, BINARY, texts.length);
    for (const text of texts) this.#bytes(Buffer.from(text));
  }

  structs<T>(id: number, items: readonly T[], writeFields: (item: T) => void): void {
    this.#list(id, STRUCT, items.length);
    for (const item of items) this.root(() => writeFields(item));
  }

  /** A list as another message has it, all but the field's id. */
  copiedList(id: number, list: Uint8Array): void {
    this.#field(id, LIST);
    this.out.append(list);
  }

  /** A list of structs as other messages have them. */
  copiedStructs(id: number, structs: readonly Uint8Array[]): void {
    this.#list(id, STRUCT, structs.length);
    for (const struct of structs) this.out.append(struct);
  }

  /** A struct that is no field of another: the whole message. */
  root(writeFields: () => void): void {
    const outerId = this.#lastId;
    this.#lastId = 0;
    writeFields();
    this.#byte(0);
    this.#lastId = outerId;
  }

  #field(id: number, type: number): void {
    const step = id - this.#lastId;
    this.#lastId = id;
    if (step > 0 && step < 16) this.#byte((step << 4) | type);
    else {
      this.#byte(type);
      this.integer(id);
    }
  }

  #list(id: number, type: number, count: number): void {
    this.#field(id, LIST);
    if (count < 15) this.#byte((count << 4) | type);
    else {
      this.#byte(0xf0 | type);
      this.#varint(count);
    }
  }

  #bytes(bytes: Uint8Array): void {
    this.#varint(bytes.length);
    this.out.append(bytes);
  }

  /** Divides instead of shifting, because file offsets go beyond 32 bits. */
  #varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#byte((rest % 128) | 128);
      rest = Math.floor(rest / 128);
    }
    this.#byte(rest);
  }

  #byte(value: number): void {
    this.out.reserve(1);
    this.out.bytes[this.out.length++] = value;
  }
}
