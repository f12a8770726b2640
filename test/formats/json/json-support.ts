import * as fc from "fast-check";
import type { Batch, DecoderPosition, RejectedRecord, TextColumn } from "../../../src/batch/batch.ts";
import { ABSENT, KIND, STRING } from "../../../src/batch/cell-kind.ts";
import { decodeJson } from "../../../src/formats/json/decode-json.ts";
import type { ByteSource } from "../../../src/sdk/byte-source.ts";

/** A record's members with their values as the source spells them. */
export type RawRecord = readonly (readonly [name: string, text: string])[];

export interface Decoded {
  readonly records: RawRecord[];
  readonly offsets: number[];
  readonly rejected: RejectedRecord[];
  /** Each batch's `next`, and how many records and rejected records came up to there. */
  readonly stops: { next: DecoderPosition | null; records: number; rejected: number }[];
  readonly fields: (readonly string[])[];
}

export interface DecodeSettings {
  readonly fields?: readonly string[] | undefined;
  readonly from?: DecoderPosition | undefined;
  readonly maxRecordBytes?: number;
  readonly blockBytes?: number;
  readonly chunkBytes?: number;
}

export async function decode(input: string | Uint8Array, settings: DecodeSettings = {}): Promise<Decoded> {
  const decoded: Decoded = { records: [], offsets: [], rejected: [], stops: [], fields: [] };
  for await (const batch of batchesOf(input, settings)) {
    decoded.fields.push(batch.fields);
    for (let record = 0; record < batch.count; record++) decoded.records.push(rawRecord(batch, record));
    decoded.offsets.push(...batch.offsets.subarray(0, batch.count));
    decoded.rejected.push(...batch.rejected);
    const { next } = batch;
    decoded.stops.push({ next, records: decoded.records.length, rejected: decoded.rejected.length });
  }
  return decoded;
}

export function batchesOf(input: string | Uint8Array, settings: DecodeSettings = {}): AsyncGenerator<Batch> {
  const { maxRecordBytes = 1 << 20, blockBytes = 1 << 14, chunkBytes = 1 << 16, ...options } = settings;
  return decodeJson(memorySource(Buffer.from(input), chunkBytes), { ...options, maxRecordBytes }, blockBytes);
}

function rawRecord(batch: Batch, record: number): RawRecord {
  return batch.fields.flatMap((name, field) => {
    const text = rawCell(batch.columns[field] as TextColumn, record);
    return text === undefined ? [] : [[name, text] as const];
  });
}

function rawCell({ kinds, starts, ends, bytes }: TextColumn, record: number): string | undefined {
  const kind = kinds[record]! & KIND;
  if (kind === ABSENT) return undefined;
  const text = bytes.utf8Slice(starts[record], ends[record]);
  return kind === STRING ? `"${text}"` : text;
}

function memorySource(bytes: Uint8Array, chunkBytes: number): ByteSource {
  return {
    name: "memory.json",
    size: bytes.length,
    async *stream(from = 0) {
      for (let at = from; at < bytes.length; at += chunkBytes) yield bytes.slice(at, at + chunkBytes);
    },
    read: () => Promise.reject(new Error("A JSON decoder streams.")),
  };
}

const character = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(..."abc 0,:{}[]\"\\/'") },
  { weight: 2, arbitrary: fc.string({ unit: "binary", minLength: 1, maxLength: 1 }) },
  {
    weight: 1,
    arbitrary: fc.constantFrom("\n", "\r", "\t", "\0", "\u001f", "\u007f", "\u2028", "é", "日", "🚀", "\ud800"),
  },
);

/** Text with all that may go wrong in a string. */
export const hostileText = fc.string({ unit: character, maxLength: 24 });

export const fieldName = fc.oneof(
  fc.constantFrom("a", "b", "Id", "Name", "", "__proto__", "constructor", "toString", "0", "1e3", "é", 'q"q', "\ud800"),
  fc.constant("long".repeat(50)),
  hostileText,
);

const stringText = hostileText.chain((text) =>
  fc.boolean().map((escapeAll) => (escapeAll ? `"${escapeUnits(text)}"` : JSON.stringify(text))),
);

const numberText = fc.oneof(
  fc.constantFrom("0", "-0", "1.10", "1e400", "-1E-400", "12345678901234567890", "0.1e+05", "9007199254740993", "1.0"),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.integer().map(String),
);

/** Values as JSON text; `blank` comes between tokens. */
export function valueText(blank: fc.Arbitrary<string>): fc.Arbitrary<string> {
  return fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, depthSize: "small" },
      fc.constantFrom("null", "true", "false"),
      numberText,
      stringText,
      fc
        .tuple(blank, fc.array(tie("value"), { maxLength: 3 }))
        .map(([b, values]) => `[${b}${values.join(`${b},${b}`)}${b}]`),
      fc
        .tuple(blank, fc.array(fc.tuple(stringText, tie("value")), { maxLength: 3 }))
        .map(([b, members]) => objectText(members, b)),
    ),
  })).value;
}

export function objectText(members: readonly (readonly [key: string, value: string])[], blank = ""): string {
  return `{${blank}${members.map(([key, value]) => `${key}${blank}:${blank}${value}`).join(`${blank},${blank}`)}${blank}}`;
}

function escapeUnits(text: string): string {
  return Array.from({ length: text.length }, (_, i) => `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`).join(
    "",
  );
}
