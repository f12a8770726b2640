import { ConnectorError } from "#sdk";
import { isPlain, plainNumber } from "./number-text.ts";
import { partsOf, type SObject, type SObjectField, type Spelling, spellingOf } from "./sobject.ts";

/*
 * Results of the Bulk API become records as REST gives them: CSV becomes JSON lines, on its bytes and while it comes. In the
 * CSV everything is text and null is no text at all, so what a value is depends on the field.
 */

/** What is made of which column. */
export interface CsvLayout {
  /** The fields that the query selects; there is one at least. */
  readonly columns: readonly string[];
  readonly members: readonly Member[];
}

interface Member {
  /** `"Name":` */
  readonly key: Buffer;
  /** The column with its value; or what an object is made of, which is null where all of it is. */
  readonly value: Cell | readonly Member[];
}

interface Cell {
  readonly column: number;
  readonly spelling: Spelling;
}

/** Bulk queries take no compound fields, so these are made of their parts. */
export function csvLayout(object: SObject, fields: readonly SObjectField[]): CsvLayout {
  const columns: string[] = [];
  const cell = (field: SObjectField): Cell => {
    const known = columns.indexOf(field.name);
    const column = known === -1 ? columns.push(field.name) - 1 : known;
    return { column, spelling: spellingOf(field) };
  };
  const member = (name: string, value: Member["value"]): Member => ({
    key: Buffer.from(`${JSON.stringify(name)}:`),
    value,
  });
  const members = fields.map((field) => {
    if (spellingOf(field) !== "compound") return member(field.name, cell(field));
    const parts = partsOf(object, field);
    return member(
      field.name,
      parts.map((part) => member(part.name, cell(part.field))),
    );
  });
  return { columns, members };
}

const NOTHING: Buffer = Buffer.alloc(0);

/** Longer than any record of Salesforce's: what has no end by then is no CSV. */
const MAX_RECORD_BYTES = 64 * 1024 * 1024;

/**
 * The records as JSON lines. Salesforce puts a header in front of each page of results, and that counts: a job may have been
 * made before a field was, whose value is null then. Where there is no header, the columns are those of the layout. Fails with `ServerError` where there are not as many records as there should be, or a record does not
 * have as many values as there are columns. A chunk is valid until the next one is pulled.
 */
export async function* jsonLines(
  csv: AsyncIterable<Uint8Array>,
  layout: CsvLayout,
  { name, records }: { readonly name: string; readonly records: number | undefined },
): AsyncGenerator<Uint8Array> {
  const writer = new RecordWriter(layout, name);
  let rest = NOTHING;
  for await (const chunk of csv) {
    const bytes = rest.length === 0 ? asBuffer(chunk) : Buffer.concat([rest, chunk]);
    let at = 0;
    for (let next = -1; at < bytes.length && next !== at;) {
      at = Math.max(at, next);
      const written = writer.write(bytes, at, false);
      if (written.lines.length > 0) yield written.lines;
      next = written.next;
    }
    // The chunk is gone when the next one is here.
    rest = at < bytes.length ? Buffer.from(bytes.subarray(at)) : NOTHING;
    if (rest.length > MAX_RECORD_BYTES) throw broken(name, "a record without an end");
  }
  if (rest.length > 0) yield writer.write(rest, 0, true).lines;
  if (records === undefined || writer.count === records) return;
  throw broken(name, `${writer.count} records, and not the ${records} that there are`);
}

function asBuffer(chunk: Uint8Array): Buffer {
  return Buffer.from(chunk.buffer, chunk.byteOffset, chunk.length);
}

function broken(name: string, what: string): ConnectorError {
  return new ConnectorError("ServerError", `${name} came with ${what}`);
}

const TAB = 9;
const NEWLINE = 10;
const RETURN = 13;
const BLANK = 32;
const QUOTE = 34;
const COMMA = 44;
const OPEN_BRACE = 123;
const BACKSLASH = 92;
const CLOSE_BRACE = 125;
const NULL = Buffer.from("null");
const ESCAPES: ReadonlyMap<number, string> = new Map([
  [TAB, "t"],
  [NEWLINE, "n"],
  [RETURN, "r"],
]);

/** What is written before it is handed on. */
const LINES_BYTES = 128 * 1024;

class RecordWriter {
  /** How many records were written. */
  count = 0;
  readonly #layout: CsvLayout;
  readonly #name: string;
  /** Where the values of a record are, without their quotes. */
  #starts: Int32Array;
  #ends: Int32Array;
  #found = 0;
  /** How many values a record has, and which of them is that of which column; -1: none. */
  #width: number;
  readonly #order: Int32Array;
  #isFirst = true;
  #out = Buffer.allocUnsafe(2 * LINES_BYTES);
  #length = 0;

  constructor(layout: CsvLayout, name: string) {
    this.#layout = layout;
    this.#name = name;
    const { length } = layout.columns;
    this.#width = length;
    this.#starts = new Int32Array(length);
    this.#ends = new Int32Array(length);
    this.#order = Int32Array.from({ length }, (_, column) => column);
  }

  /**
   * Writes the records from there on, as many as fit; `next` is where the first begins that was not written. The last of all
   * may lack its line end.
   */
  write(bytes: Buffer, from: number, isEnd: boolean): { readonly next: number; readonly lines: Buffer } {
    this.#length = 0;
    let at = from;
    while (at < bytes.length && this.#length < LINES_BYTES) {
      const next = this.#scan(bytes, at, isEnd);
      if (next === -1) break;
      if (!this.#isFirst || !this.#readHeader(bytes)) this.#writeRecord(bytes, next - at);
      this.#isFirst = false;
      at = next;
    }
    if (isEnd && at < bytes.length) throw broken(this.#name, "a text that is not closed");
    return { next: at, lines: this.#out.subarray(0, this.#length) };
  }

  /** Finds the values of the record there; answers where the next one begins, or -1 when this one is not all there. */
  #scan(bytes: Buffer, from: number, isEnd: boolean): number {
    const { length } = bytes;
    let starts = this.#starts;
    let ends = this.#ends;
    let found = 0;
    let at = from;
    for (;;) {
      let start = at;
      let end: number;
      if (bytes[at] === QUOTE) {
        start = ++at;
        for (;;) {
          at = bytes.indexOf(QUOTE, at);
          if (at === -1 || (at + 1 === length && !isEnd)) return -1;
          if (bytes[at + 1] !== QUOTE) break;
          at += 2;
        }
        end = at++;
      } else {
        while (at < length && bytes[at] !== COMMA && bytes[at] !== NEWLINE) at++;
        if (at === length && !isEnd) return -1;
        end = at > start && bytes[at - 1] === RETURN ? at - 1 : at;
      }
      if (found === starts.length) {
        this.#starts = starts = longer(starts);
        this.#ends = ends = longer(ends);
      }
      starts[found] = start;
      ends[found++] = end;
      if (bytes[at] === RETURN) at++;
      if (at >= length) {
        if (!isEnd) return -1;
        break;
      }
      const c = bytes[at++];
      if (c === NEWLINE) break;
      if (c !== COMMA) throw broken(this.#name, "something behind a text that is closed");
    }
    this.#found = found;
    return at;
  }

  /** Whether what was found is the header: names of fields, and the first column's among them. */
  #readHeader(bytes: Buffer): boolean {
    const names = Array.from({ length: this.#found }, (_, i) => {
      return bytes.utf8Slice(this.#starts[i], this.#ends[i]).toLowerCase();
    });
    const order = this.#layout.columns.map((column) => names.indexOf(column.toLowerCase()));
    if (order[0] === -1 || !names.every((name) => /^\w+$/.test(name))) return false;
    this.#order.set(order);
    this.#width = names.length;
    return true;
  }

  #writeRecord(bytes: Buffer, length: number): void {
    if (this.#found !== this.#width) throw this.#mismatched();
    // A control character takes six bytes.
    this.#reserve(6 * length + this.#layout.members.length * 512);
    this.#writeMembers(bytes, this.#layout.members);
    this.#out[this.#length++] = NEWLINE;
    this.count++;
  }

  #writeMembers(bytes: Buffer, members: readonly Member[]): void {
    this.#out[this.#length++] = OPEN_BRACE;
    for (let i = 0; i < members.length; i++) {
      const { key, value } = members[i]!;
      if (i > 0) this.#out[this.#length++] = COMMA;
      this.#copy(key, 0, key.length);
      if ("column" in value) this.#writeCell(bytes, value);
      else if (value.every((part) => "column" in part.value && this.#isNull(part.value))) this.#copy(NULL, 0, 4);
      else this.#writeMembers(bytes, value);
    }
    this.#out[this.#length++] = CLOSE_BRACE;
  }

  #isNull({ column }: Cell): boolean {
    const place = this.#order[column]!;
    return place === -1 || this.#starts[place] === this.#ends[place];
  }

  #writeCell(bytes: Buffer, cell: Cell): void {
    if (this.#isNull(cell)) return this.#copy(NULL, 0, 4);
    const { column, spelling } = cell;
    const place = this.#order[column]!;
    const start = this.#starts[place]!;
    const end = this.#ends[place]!;
    switch (spelling) {
      case "number":
        return this.#writeNumber(bytes, start, end);
      case "boolean":
        return isBoolean(bytes, start, end) ? this.#copy(bytes, start, end) : this.#writeText(bytes, start, end);
      case "instant":
        return this.#writeText(bytes, start, end, endsWithOffset(bytes, end));
      default:
        return this.#writeText(bytes, start, end);
    }
  }

  #writeNumber(bytes: Buffer, start: number, end: number): void {
    if (isPlain(bytes, start, end)) return this.#copy(bytes, start, end);
    const text = bytes.latin1Slice(start, end);
    const number = plainNumber(text);
    if (!/^-?\d/.test(number)) return this.#writeText(bytes, start, end);
    this.#length += this.#out.latin1Write(number, this.#length);
  }

  /** A JSON text; `+0000` at its end becomes `Z`. */
  #writeText(bytes: Buffer, start: number, to: number, hasOffset = false): void {
    const out = this.#out;
    const end = hasOffset ? to - 5 : to;
    let length = this.#length;
    out[length++] = QUOTE;
    for (let at = start; at < end; at++) {
      const c = bytes[at]!;
      if (c >= BLANK && c !== QUOTE && c !== BACKSLASH) {
        out[length++] = c;
        continue;
      }
      out[length++] = BACKSLASH;
      if (c >= BLANK) {
        out[length++] = c;
        // A quote within a text is written twice in CSV.
        if (c === QUOTE) at++;
        continue;
      }
      const escape = ESCAPES.get(c) ?? `u${c.toString(16).padStart(4, "0")}`;
      length += out.latin1Write(escape, length);
    }
    if (hasOffset) out[length++] = 90;
    out[length++] = QUOTE;
    this.#length = length;
  }

  #copy(bytes: Buffer, start: number, end: number): void {
    const out = this.#out;
    let length = this.#length;
    for (let at = start; at < end; at++) out[length++] = bytes[at]!;
    this.#length = length;
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#out.length) return;
    const longer = Buffer.allocUnsafe(2 * (this.#length + bytes));
    this.#out.copy(longer, 0, 0, this.#length);
    this.#out = longer;
  }

  #mismatched(): ConnectorError {
    return broken(this.#name, `a record of ${this.#found} values in ${this.#width} columns`);
  }
}

function longer(values: Int32Array): Int32Array {
  const copy = new Int32Array(2 * values.length);
  copy.set(values);
  return copy;
}

const OFFSET = Buffer.from("+0000");

function endsWithOffset(bytes: Buffer, end: number): boolean {
  return end >= 5 && bytes.subarray(end - 5, end).equals(OFFSET);
}

function isBoolean(bytes: Buffer, start: number, end: number): boolean {
  const text = bytes.latin1Slice(start, end);
  return text === "true" || text === "false";
}
