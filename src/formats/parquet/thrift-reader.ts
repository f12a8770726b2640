import { FormatError } from "../format.ts";

const BOOLEAN_TRUE = 1;
const BOOLEAN_FALSE = 2;
const BYTE = 3;
const I64 = 6;
const DOUBLE = 7;
const BINARY = 8;
const LIST = 9;
const SET = 10;
const MAP = 11;
const STRUCT = 12;

/** How deep values that we skip may nest; what we read nests as deep as our own code. */
const MAX_DEPTH = 32;

/**
 * Reads values in Thrift's compact protocol
 * (https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md).
 *
 * The bytes may be anything: a read past the end, a value of another type than the asked one and a list longer than the
 * bytes that are left are `FormatError`s. Nothing is allocated from a length that has not been checked.
 */
export class ThriftReader {
  offset: number;
  /** True once a read has failed because the bytes end too early: with more of them it might succeed. */
  exhausted = false;
  readonly #bytes: Buffer;
  /** The type of the value at `offset`; 0 when it has been read. */
  #pending = STRUCT;

  constructor(bytes: Buffer, offset = 0) {
    this.#bytes = bytes;
    this.offset = offset;
  }

  /** Reads a struct: calls `visit` with the id of each field. A field whose value it does not read is skipped. */
  struct(visit: (field: number) => void): void {
    this.#expect(STRUCT, STRUCT);
    let field = 0;
    for (;;) {
      const header = this.#byte();
      if (header === 0) break;
      const step = header >> 4;
      field = step === 0 ? this.#zigzag() : field + step;
      this.#pending = header & 15;
      visit(field);
      if (this.#pending !== 0) this.#skip(this.#pending, 0);
      this.#pending = 0;
    }
  }

  /** Reads a list: calls `visit` for each element. An element that it does not read is skipped. */
  list(visit: () => void): void {
    this.#expect(LIST, SET);
    const header = this.#byte();
    const count = this.#listLength(header);
    for (let i = 0; i < count; i++) {
      this.#pending = header & 15;
      visit();
      if (this.#pending !== 0) this.#skipElement(this.#pending, 0);
    }
    this.#pending = 0;
  }

  /** An integer of any width. Beyond 2^53 it is not exact. */
  int(): number {
    const type = this.#expect(BYTE, I64);
    return type === BYTE ? (this.#byte() << 24) >> 24 : this.#zigzag();
  }

  /** An integer that counts something: never negative, always exact. */
  count(): number {
    const value = this.int();
    if (!Number.isSafeInteger(value) || value < 0) throw new FormatError(`${value} is no size`);
    return value;
  }

  boolean(): boolean {
    return this.#expect(BOOLEAN_TRUE, BOOLEAN_FALSE) === BOOLEAN_TRUE;
  }

  text(): string {
    this.#expect(BINARY, BINARY);
    const start = this.#take(this.#varint());
    return this.#bytes.utf8Slice(start, this.offset);
  }

  #expect(from: number, to: number): number {
    const type = this.#pending;
    if (type < from || type > to) throw new FormatError(`a value of type ${type} stands in the place of another type`);
    this.#pending = 0;
    return type;
  }

  #skip(type: number, depth: number): void {
    if (depth > MAX_DEPTH) throw new FormatError("its structures nest too deep");
    if (type === BOOLEAN_TRUE || type === BOOLEAN_FALSE) return;
    if (type === BYTE) this.#take(1);
    else if (type <= I64) this.#varint();
    else if (type === DOUBLE) this.#take(8);
    else if (type === BINARY) this.#take(this.#varint());
    else if (type === LIST || type === SET) this.#skipList(depth);
    else if (type === MAP) this.#skipMap(depth);
    else if (type === STRUCT) this.#skipStruct(depth);
    else throw new FormatError(`there is no type ${type}`);
  }

  /** In a list a boolean takes a byte; in a struct its type is its value. */
  #skipElement(type: number, depth: number): void {
    this.#skip(type <= BOOLEAN_FALSE ? BYTE : type, depth);
  }

  #skipList(depth: number): void {
    const header = this.#byte();
    const count = this.#listLength(header);
    for (let i = 0; i < count; i++) this.#skipElement(header & 15, depth + 1);
  }

  #skipMap(depth: number): void {
    const count = this.#checkedLength(this.#varint());
    const types = count === 0 ? 0 : this.#byte();
    for (let i = 0; i < count; i++) {
      this.#skipElement(types >> 4, depth + 1);
      this.#skipElement(types & 15, depth + 1);
    }
  }

  #skipStruct(depth: number): void {
    for (let header = this.#byte(); header !== 0; header = this.#byte()) {
      if (header >> 4 === 0) this.#zigzag();
      this.#skip(header & 15, depth + 1);
    }
  }

  #listLength(header: number): number {
    const short = header >> 4;
    return this.#checkedLength(short === 15 ? this.#varint() : short);
  }

  /** Every element takes a byte or more. */
  #checkedLength(count: number): number {
    if (count > this.#bytes.length - this.offset) this.#fail();
    return count;
  }

  #zigzag(): number {
    const value = this.#varint();
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  #varint(): number {
    let value = 0;
    let factor = 1;
    for (let i = 0; i < 10; i++) {
      const byte = this.#byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new FormatError("a number has more than 64 bits");
  }

  #byte(): number {
    return this.#bytes[this.#take(1)]!;
  }

  #take(count: number): number {
    if (count > this.#bytes.length - this.offset) this.#fail();
    const start = this.offset;
    this.offset += count;
    return start;
  }

  #fail(): never {
    this.exhausted = true;
    throw new FormatError("its structures end too early");
  }
}
