import { elementsOf, membersOf } from "#sdk";
import type { JsonBody, Span } from "#sdk";
import { type Column, namesOf } from "./columns.ts";

/*
 * A row is two lists of values, without names: `{"dimensionValues":[{"value":"20260501"}],"metricValues":[{"value":"17"}]}`.
 */

/** By which incremental runs know a row: which one, what it says, and of which day it is. They are there when asked for. */
export const VERSION = { key: "report:dimensions", version: "report:metrics", time: "report:day" } as const;

/** What a report says of itself, as fields of each of its records: Google answers 200 to whatever it left out. */
export const NOTICES = {
  "report:isSampled": (body: JsonBody) => samplings(body).length > 0,
  "report:isThresholded": (body: JsonBody) => body.member("metadata", "subjectToThresholding") === true,
  "report:hasOtherRow": (body: JsonBody) => body.member("metadata", "dataLossFromOtherRow") === true,
} as const;

function samplings(body: JsonBody): readonly unknown[] {
  return (body.member("metadata", "samplingMetadatas") ?? []) as readonly unknown[];
}

export interface Records {
  /** A JSON array. */
  readonly bytes: Buffer;
  readonly count: number;
}

/**
 * The rows of an answer as records. Values are texts, as Google gives them, but a `date` is written 2026-05-01: so filters
 * and types know it for one. `(other)` and `(not set)` stay what they are. `day` is that of the report, if it is of one.
 */
export function recordsOf(body: JsonBody, columns: readonly Column[], asked: readonly string[], day: string): Records {
  // Where there is nothing, there is not even a list.
  const rows = body.findRecords("rows");
  const constants = constantsOf(body, asked, day);
  const pieces: Uint8Array[] = [];
  let count = 0;
  for (const row of rows === undefined ? [] : elementsOf(body.bytes, rows)) {
    const values = {
      dimension: valuesOf(body.bytes, row, "dimensionValues"),
      metric: valuesOf(body.bytes, row, "metricValues"),
    };
    pieces.push(count++ === 0 ? OPEN : COMMA, recordOf(values, columns, asked, constants));
  }
  return { bytes: Buffer.concat([...(count === 0 ? [OPEN] : pieces), CLOSE]), count };
}

const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");
const EMPTY = Buffer.from('""');

function constantsOf(body: JsonBody, asked: readonly string[], day: string): readonly Member[] {
  const notices = Object.entries(NOTICES).map(([name, read]): Member => [name, Buffer.from(String(read(body)))]);
  const members: readonly Member[] = [...notices, [VERSION.time, Buffer.from(JSON.stringify(day))]];
  return members.filter(([name]) => asked.includes(name));
}

/** A name and a JSON value. */
type Member = readonly [name: string, value: Uint8Array];

interface Values {
  readonly dimension: readonly Buffer[];
  readonly metric: readonly Buffer[];
}

function recordOf(
  values: Values,
  columns: readonly Column[],
  asked: readonly string[],
  constants: readonly Member[],
): Buffer {
  const names = { dimension: namesOf(columns, "dimension"), metric: namesOf(columns, "metric") };
  const members = columns.map(({ field, name, kind }): Member => {
    const value = values[kind][names[kind].indexOf(name)] ?? EMPTY;
    return [field, DATES.has(name) ? withHyphens(value) : value];
  });
  const versions = (
    [
      [VERSION.key, listOf(values.dimension)],
      [VERSION.version, listOf(values.metric)],
    ] as const
  ).filter(([name]) => asked.includes(name));
  return objectOf([...members, ...versions, ...constants]);
}

const DATES: ReadonlySet<string> = new Set(["date", "firstSessionDate"]);

/** A text of eight digits, in its quotes. */
function withHyphens(value: Buffer): Buffer {
  const digits = /^"(\d{4})(\d\d)(\d\d)"$/.exec(value.latin1Slice());
  return digits === null ? value : Buffer.from(`"${digits.slice(1).join("-")}"`);
}

function valuesOf(bytes: Buffer, row: Span, name: string): readonly Buffer[] {
  const list = [...membersOf(bytes, row)].findLast((member) => member.name === name);
  if (list === undefined) return [];
  return [...elementsOf(bytes, list)].map((element) => {
    const value = [...membersOf(bytes, element)].findLast((member) => member.name === "value");
    return value === undefined ? EMPTY : bytes.subarray(value.start, value.end);
  });
}

function listOf(values: readonly Buffer[]): Buffer {
  return Buffer.concat([OPEN, ...values.flatMap((value, i) => (i === 0 ? [value] : [COMMA, value])), CLOSE]);
}

function objectOf(members: readonly Member[]): Buffer {
  const pieces = members.map(([name, value]) => Buffer.concat([Buffer.from(`${JSON.stringify(name)}:`), value]));
  return Buffer.concat([
    Buffer.from("{"),
    ...pieces.flatMap((piece, i) => (i === 0 ? [piece] : [COMMA, piece])),
    Buffer.from("}"),
  ]);
}
