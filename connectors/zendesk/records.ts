import { elementsOf, membersOf, readValue, scalarText } from "#sdk";
import type { Span } from "#sdk";
import type { ZendeskObject } from "./objects.ts";

/*
 * What becomes of the records of an answer before they are handed over. All of it is done on their bytes: a value is what it
 * was, to the last digit.
 */

export interface ShapedRecords {
  /** A JSON array. */
  readonly bytes: Buffer;
  /** Which record of which version each is, in their order. */
  readonly keys: readonly string[];
}

/**
 * The records, each once: exports repeat a record, on one page and where two pages meet. `seen` are the keys of the page
 * before. Versions of a record have different keys, and all of them are kept.
 */
export function shapeRecords(
  answer: Buffer,
  records: Span,
  object: ZendeskObject,
  seen: Iterable<string>,
): ShapedRecords {
  const known = new Set(seen);
  const keys: string[] = [];
  const pieces: Uint8Array[] = [];
  for (const record of shaped(answer, records, object)) {
    const key = keyOf(record, object);
    if (key !== undefined && known.has(key)) continue;
    if (key !== undefined) {
      known.add(key);
      keys.push(key);
    }
    pieces.push(pieces.length === 0 ? OPEN : COMMA, record);
  }
  return { bytes: Buffer.concat([...(pieces.length === 0 ? [OPEN] : pieces), CLOSE]), keys };
}

const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");

function* shaped(answer: Buffer, records: Span, { shape }: ZendeskObject): Generator<Buffer> {
  for (const record of elementsOf(answer, records)) {
    if (shape === "comment") yield* commentsOf(answer, record);
    else yield shape === "ticket" ? flattenTicket(answer, record) : answer.subarray(record.start, record.end);
  }
}

/** Undefined for a record that does not say which it is: that is kept. */
function keyOf(record: Buffer, { times: [version] }: ZendeskObject): string | undefined {
  const members = new Map(Array.from(membersOf(record, WHOLE), (member) => [member.name, member]));
  const [id, time] = [members.get("id"), members.get(version ?? "id")];
  if (id === undefined || time === undefined) return undefined;
  return `${record.utf8Slice(id.start, id.end)}@${record.utf8Slice(time.start, time.end)}`;
}

/** Reading begins where a value begins. */
const WHOLE: Span = { start: 0, end: 0 };

/**
 * A ticket's custom fields are a list of ids and values; each becomes a field `custom_field_ID`. The list stays, and
 * `fields`, which is the same list once more, goes.
 */
function flattenTicket(answer: Buffer, ticket: Span): Buffer {
  const members: Uint8Array[] = [];
  for (const { name, keyStart, start, end } of membersOf(answer, ticket)) {
    if (name === "fields") continue;
    members.push(answer.subarray(keyStart, end));
    if (name === "custom_fields" && answer[start] === OPEN[0]) members.push(...customFields(answer, { start, end }));
  }
  return objectOf(members);
}

function* customFields(answer: Buffer, list: Span): Generator<Buffer> {
  for (const element of elementsOf(answer, list)) {
    const members = new Map(Array.from(membersOf(answer, element), (member) => [member.name, member]));
    const [id, value] = [members.get("id"), members.get("value")];
    if (id === undefined || value === undefined) continue;
    const key = Buffer.from(`${JSON.stringify(`custom_field_${scalarText(readValue(answer, id))}`)}:`);
    yield Buffer.concat([key, answer.subarray(value.start, value.end)]);
  }
}

/** An event tells what happened to a ticket; what was said is in its `child_events`, which do not say where and when. */
function* commentsOf(answer: Buffer, event: Span): Generator<Buffer> {
  const members = [...membersOf(answer, event)];
  const children = members.findLast(({ name }) => name === "child_events");
  if (children === undefined) return;
  for (const child of elementsOf(answer, children)) {
    const own = [...membersOf(answer, child)];
    const type = own.findLast(({ name }) => name === "event_type");
    if (type === undefined || readValue(answer, type) !== "Comment") continue;
    const names = new Set(own.map(({ name }) => name));
    const added = members.filter(({ name }) => OF_EVENT.includes(name) && !names.has(name));
    yield objectOf([...added, ...own].map(({ keyStart, end }) => answer.subarray(keyStart, end)));
  }
}

const OF_EVENT = ["ticket_id", "created_at", "timestamp"];

function objectOf(members: readonly Uint8Array[]): Buffer {
  const pieces = members.flatMap((member, i) => (i === 0 ? [member] : [COMMA, member]));
  return Buffer.concat([Buffer.from("{"), ...pieces, Buffer.from("}")]);
}
