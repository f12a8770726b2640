import { ConnectorError, membersOf } from "#sdk";
import type { Span } from "#sdk";
import { isPlain, plainNumber } from "./number-text.ts";
import { type SObjectField, type Spelling, spellingOf } from "./sobject.ts";

/*
 * Records as REST gives them become records as they are handed over, on their bytes: without `attributes`, which is no field;
 * instants in UTC as the Bulk API spells them; numbers in digits. Everything else is what it was.
 */

/** Some records of an answer, as a JSON array. */
export interface RecordGroup {
  readonly bytes: Buffer;
  /** Of the last record; undefined where it has none. */
  readonly lastId: string | undefined;
}

/** So that the engine takes a group whole: nobody has to go on within an answer that is another one when it is asked for again. */
const MAX_RECORDS = 500;
const MAX_BYTES = 512 * 1024;

/**
 * The records there, in groups where they may be divided: in the place of the answer, as far as they fit, so that an answer takes
 * no memory twice. Fails with `ServerError` where there is no array of records.
 */
export function groupRecords(
  answer: Buffer,
  records: Span,
  fields: readonly SObjectField[],
  isDivided: boolean,
): readonly RecordGroup[] {
  const writer = new GroupWriter(answer, records, fields);
  const groups: RecordGroup[] = [];
  try {
    while (!writer.isDone) groups.push(writer.group(isDivided));
  } catch (cause) {
    if (!(cause instanceof SyntaxError)) throw cause;
    throw new ConnectorError("ServerError", `Salesforce answered with what are no records: ${cause.message}`, {
      cause,
    });
  }
  return groups;
}

const BLANK = 32;
const QUOTE = 34;
const COMMA = 44;
const MINUS = 45;
const ZERO = 48;
const NINE = 57;
const OPEN_BRACKET = 91;
const BACKSLASH = 92;
const CLOSE_BRACKET = 93;
const OPEN_BRACE = 123;
const CLOSE_BRACE = 125;

/** `Z` and the quote behind it. */
const UTC = Buffer.from('Z"');
const OFFSET = Buffer.from('+0000"');
const ATTRIBUTES = Buffer.from('"attributes":');

interface Key {
  /** `"Name":` */
  readonly bytes: Buffer;
  readonly isId: boolean;
  readonly spelling: Spelling;
}

/**
 * Moves records in stretches as long as nothing in them changes, to where `attributes` were. Salesforce gives members in the order
 * in which the query names them, without blanks; a record that is otherwise is read member by member.
 */
class GroupWriter {
  readonly #answer: Buffer;
  readonly #keys: readonly Key[];
  readonly #spellings: ReadonlyMap<string, Spelling>;
  /** Where values of the record at hand end that are to be spelled anew, and what is written for how much of their end. */
  readonly #ends: Int32Array;
  readonly #lengths: Int32Array;
  readonly #spelled: Buffer[] = [];
  /** Where the next record begins. */
  #at: number;
  /** The answer itself, until something does not fit: what is written never reaches what is still to be read. */
  #out: Buffer;
  #length: number;
  #lastId: string | undefined;

  constructor(answer: Buffer, { start }: Span, fields: readonly SObjectField[]) {
    this.#answer = answer;
    this.#keys = fields.map((field) => {
      const bytes = Buffer.from(`${JSON.stringify(field.name)}:`);
      return { bytes, isId: field.name === "Id", spelling: spellingOf(field) };
    });
    this.#spellings = new Map(fields.map((field) => [field.name, spellingOf(field)]));
    this.#at = this.#skipBlanks(start + 1);
    this.#ends = new Int32Array(fields.length);
    this.#lengths = new Int32Array(fields.length);
    this.#out = answer;
    this.#length = start;
  }

  /** True behind the last record, or where an empty array has been given. */
  isDone = false;

  group(isDivided: boolean): RecordGroup {
    const answer = this.#answer;
    this.#makeRoom(1, this.#at);
    const from = this.#length;
    let count = 0;
    this.#write(OPEN_BRACKET, this.#at);
    while (answer[this.#at] === OPEN_BRACE) {
      if (count++ > 0) this.#write(COMMA, this.#at);
      if (!this.#moveRecord()) this.#rewriteRecord();
      const follower = this.#skipBlanks(this.#at);
      if (answer[follower] === CLOSE_BRACKET) break;
      if (answer[follower] !== COMMA) throw new SyntaxError("a `,` is missing");
      this.#at = this.#skipBlanks(follower + 1);
      if (answer[this.#at] !== OPEN_BRACE) throw new SyntaxError("a record is missing");
      if (isDivided && (count === MAX_RECORDS || this.#length - from > MAX_BYTES)) return this.#close(from);
    }
    if (answer[this.#skipBlanks(this.#at)] !== CLOSE_BRACKET) throw new SyntaxError("the list is not closed");
    this.isDone = true;
    return this.#close(from);
  }

  #close(from: number): RecordGroup {
    this.#write(CLOSE_BRACKET, this.isDone ? this.#skipBlanks(this.#at) + 1 : this.#at);
    return { bytes: this.#out.subarray(from, this.#length), lastId: this.#lastId };
  }

  /** Moves the record there and goes behind it; false, and nothing is done, where it does not look as expected. */
  #moveRecord(): boolean {
    const answer = this.#answer;
    let at = this.#at + 1;
    if (startsWith(answer, at, ATTRIBUTES)) {
      at = endOfValue(answer, at + ATTRIBUTES.length);
      if (answer[at] !== COMMA) return false;
      at++;
    }
    let from = at;
    let changes = 0;
    let id: string | undefined;
    const keys = this.#keys;
    for (let k = 0; k < keys.length; k++) {
      const { bytes, isId, spelling } = keys[k]!;
      if (!startsWith(answer, at, bytes)) return false;
      const start = at + bytes.length;
      at = endOfValue(answer, start);
      if (isId) id = answer.latin1Slice(start + 1, at - 1);
      else if (spelling === "instant" && endsWithOffset(answer, start, at)) {
        this.#noteChange(changes++, at, OFFSET.length, UTC);
      } else if (spelling === "number" && isOddNumber(answer, start, at)) {
        const number = Buffer.from(plainNumber(answer.latin1Slice(start, at)));
        this.#noteChange(changes++, at, at - start, number);
      }
      if (k < keys.length - 1 && answer[at++] !== COMMA) return false;
    }
    if (answer[at] !== CLOSE_BRACE) return false;
    this.#write(OPEN_BRACE, from);
    for (let c = 0; c < changes; c++) {
      const end = this.#ends[c]!;
      this.#move(from, end - this.#lengths[c]!);
      this.#append(this.#spelled[c]!, end);
      from = end;
    }
    this.#move(from, at + 1);
    this.#lastId = id;
    this.#at = at + 1;
    return true;
  }

  #noteChange(number: number, end: number, length: number, spelled: Buffer): void {
    this.#ends[number] = end;
    this.#lengths[number] = length;
    this.#spelled[number] = spelled;
  }

  #rewriteRecord(): void {
    const answer = this.#answer;
    const start = this.#at;
    const members = [...membersOf(answer, { start, end: answer.length })];
    let count = 0;
    this.#lastId = undefined;
    this.#write(OPEN_BRACE, start + 1);
    for (const { name, keyStart, start: valueStart, end } of members) {
      if (name === "attributes" && answer[valueStart] === OPEN_BRACE) continue;
      if (count++ > 0) this.#write(COMMA, keyStart);
      if (name === "Id") this.#lastId = answer.latin1Slice(valueStart + 1, end - 1);
      const spelling = this.#spellings.get(name);
      if (spelling === "instant" && endsWithOffset(answer, valueStart, end)) {
        this.#move(keyStart, end - OFFSET.length);
        this.#append(UTC, end);
      } else if (spelling === "number" && isOddNumber(answer, valueStart, end)) {
        const number = Buffer.from(plainNumber(answer.latin1Slice(valueStart, end)));
        this.#move(keyStart, valueStart);
        this.#append(number, end);
      } else this.#move(keyStart, end);
    }
    this.#at = this.#skipBlanks(members.at(-1)?.end ?? start + 1) + 1;
    this.#write(CLOSE_BRACE, this.#at);
  }

  #skipBlanks(from: number): number {
    let at = from;
    while (this.#answer[at]! <= BLANK) at++;
    return at;
  }

  #write(byte: number, readFrom: number): void {
    this.#makeRoom(1, readFrom);
    this.#out[this.#length++] = byte;
  }

  #move(start: number, end: number): void {
    this.#makeRoom(end - start, end);
    this.#length += this.#answer.copy(this.#out, this.#length, start, end);
  }

  #append(bytes: Buffer, readFrom: number): void {
    this.#makeRoom(bytes.length, readFrom);
    this.#length += bytes.copy(this.#out, this.#length);
  }

  /** For so many bytes; what is before `readFrom` has been read. */
  #makeRoom(bytes: number, readFrom: number): void {
    const limit = this.#out === this.#answer ? readFrom : this.#out.length;
    if (this.#length + bytes <= limit) return;
    const longer = Buffer.allocUnsafe(2 * (this.#answer.length + this.#length + bytes));
    this.#out.copy(longer, 0, 0, this.#length);
    this.#out = longer;
  }
}

function startsWith(bytes: Buffer, at: number, wanted: Buffer): boolean {
  for (let i = 0; i < wanted.length; i++) if (bytes[at + i] !== wanted[i]) return false;
  return true;
}

/** Where the value there ends. */
function endOfValue(bytes: Buffer, start: number): number {
  const first = bytes[start];
  if (first === QUOTE) return endOfText(bytes, start);
  let at = start;
  if (first === OPEN_BRACE || first === OPEN_BRACKET) {
    for (let depth = 0; at < bytes.length; at++) {
      const c = bytes[at]!;
      if (c === QUOTE) at = endOfText(bytes, at) - 1;
      else if (c === OPEN_BRACE || c === OPEN_BRACKET) depth++;
      else if ((c === CLOSE_BRACE || c === CLOSE_BRACKET) && --depth === 0) return at + 1;
    }
  }
  while (at < bytes.length && bytes[at] !== COMMA && bytes[at] !== CLOSE_BRACE && bytes[at]! > BLANK) at++;
  return at;
}

function endOfText(bytes: Buffer, start: number): number {
  for (let at = start + 1; at < bytes.length; at++) {
    const c = bytes[at]!;
    if (c === QUOTE) return at + 1;
    if (c === BACKSLASH) at++;
  }
  throw new SyntaxError("a text is not closed");
}

function endsWithOffset(bytes: Buffer, start: number, end: number): boolean {
  return bytes[start] === QUOTE && end - start > OFFSET.length && startsWith(bytes, end - OFFSET.length, OFFSET);
}

/** A number that is not in digits alone; null and text are none. */
function isOddNumber(bytes: Buffer, start: number, end: number): boolean {
  const first = bytes[start]!;
  return (first === MINUS || (first >= ZERO && first <= NINE)) && !isPlain(bytes, start, end);
}
