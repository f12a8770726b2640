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
  const cells = cellsOf(columns);
  const constants = constantsOf(body, asked, day);
  const versions = [VERSION.key, VERSION.version].map((name) => asked.includes(name));
  const pieces: Uint8Array[] = [];
  let count = 0;
  for (const row of rows === undefined ? [] : elementsOf(body.bytes, rows)) {
    const values: Values = {
      dimension: valuesOf(body.bytes, row, "dimensionValues"),
      metric: valuesOf(body.bytes, row, "metricValues"),
    };
    const members = cells.map(({ key, kind, place, isDate }): Member => {
      const value = values[kind][place] ?? EMPTY;
      return { key, value: isDate ? withHyphens(value) : value };
    });
    if (versions[0] === true) members.push({ key: keyOf(VERSION.key), value: listOf(values.dimension) });
    if (versions[1] === true) members.push({ key: keyOf(VERSION.version), value: listOf(values.metric) });
    pieces.push(count++ === 0 ? OPEN : COMMA, objectOf([...members, ...constants]));
  }
  return { bytes: Buffer.concat([...(count === 0 ? [OPEN] : pieces), CLOSE]), count };
}

const OPEN = Buffer.from("[");
const COMMA = Buffer.from(",");
const CLOSE = Buffer.from("]");
const EMPTY = Buffer.from('""');

/** A name with its colon, and a JSON value. */
interface Member {
  readonly key: Buffer;
  readonly value: Uint8Array;
}

function keyOf(name: string): Buffer {
  return Buffer.from(`${JSON.stringify(name)}:`);
}

function constantsOf(body: JsonBody, asked: readonly string[], day: string): readonly Member[] {
  const notices = Object.entries(NOTICES).map(([name, read]) => [name, String(read(body))] as const);
  const constants = [...notices, [VERSION.time, JSON.stringify(day)] as const];
  return constants
    .filter(([name]) => asked.includes(name))
    .map(([name, json]) => ({ key: keyOf(name), value: Buffer.from(json) }));
}

interface Values {
  readonly dimension: readonly Buffer[];
  readonly metric: readonly Buffer[];
}

/** Where in a row the value of each column is. */
function cellsOf(columns: readonly Column[]) {
  return columns.map(({ field, name, kind }) => {
    return { key: keyOf(field), kind, place: namesOf(columns, kind).indexOf(name), isDate: DATES.has(name) };
  });
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
  const pieces = members.flatMap(({ key, value }, i) => (i === 0 ? [key, value] : [COMMA, key, value]));
  return Buffer.concat([Buffer.from("{"), ...pieces, Buffer.from("}")]);
}
