import { elementsOf, isObject, membersOf } from "#sdk";
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

export function groupRecords(
  answer: Buffer,
  records: Span,
  fields: readonly SObjectField[],
  isDivided: boolean,
): readonly RecordGroup[] {
  const spellings = new Map(fields.map((field) => [field.name, spellingOf(field)]));
  const groups: RecordGroup[] = [];
  let pieces: Uint8Array[] = [];
  let [count, length] = [0, 0];
  let lastId: string | undefined;
  const close = () => {
    groups.push({ bytes: Buffer.concat([OPEN, ...pieces, CLOSE]), lastId });
    pieces = [];
    [count, length] = [0, 0];
  };
  for (const record of elementsOf(answer, records)) {
    if (isDivided && (count === MAX_RECORDS || length > MAX_BYTES)) close();
    if (count++ > 0) pieces.push(COMMA);
    lastId = writeRecord(answer, record, spellings, pieces);
    length += record.end - record.start;
  }
  close();
  return groups;
}

const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");

/** Adds the pieces of a record; answers its id. */
function writeRecord(
  answer: Buffer,
  record: Span,
  spellings: ReadonlyMap<string, Spelling>,
  pieces: Uint8Array[],
): string | undefined {
  let id: string | undefined;
  let before = "{";
  for (const { name, keyStart, start, end } of membersOf(answer, record)) {
    if (name === "attributes" && isObject(answer, { start, end })) continue;
    if (name === "Id") id = answer.latin1Slice(start + 1, end - 1);
    pieces.push(
      Buffer.from(before),
      answer.subarray(keyStart, start),
      spell(answer, { start, end }, spellings.get(name)),
    );
    before = ",";
  }
  pieces.push(Buffer.from(before === "{" ? "{}" : "}"));
  return id;
}

const QUOTE = 34;
const N = 110;

function spell(bytes: Buffer, { start, end }: Span, spelling: Spelling | undefined): Uint8Array {
  const value = bytes.subarray(start, end);
  switch (spelling) {
    case "instant":
      return value.length > 7 && value.latin1Slice(value.length - 6) === '+0000"'
        ? Buffer.from(`${value.latin1Slice(0, value.length - 6)}Z"`)
        : value;
    case "number":
      return value[0] === QUOTE || value[0] === N || isPlain(bytes, start, end)
        ? value
        : Buffer.from(plainNumber(value.latin1Slice()));
    default:
      return value;
  }
}
