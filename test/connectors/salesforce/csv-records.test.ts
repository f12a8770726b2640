import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { csvLayout, jsonLines } from "../../../connectors/salesforce/csv-records.ts";
import { plainNumber } from "../../../connectors/salesforce/number-text.ts";
import type { SObject, SObjectField } from "../../../connectors/salesforce/sobject.ts";

const OBJECT = {
  name: "Thing",
  fields: [
    { name: "Id", type: "id" },
    { name: "Name", type: "string" },
    { name: "Amount", type: "double" },
    { name: "At", type: "datetime" },
    { name: "Is", type: "boolean" },
  ] as unknown as readonly SObjectField[],
} as SObject;

const text = fc.string({
  unit: fc.constantFrom("a", '"', ",", "\n", "\r", "\\", "é", "\u{1F600}", "\u0002", " ", "+0000"),
});

describe("CSV of a job's results", () => {
  it("gives the values that were written, wherever its bytes are cut into chunks", async () => {
    const record = fc.record({
      Id: fc.stringMatching(/^[a-z0-9]{18}$/),
      Name: fc.option(text.filter((value) => value !== "")),
      Amount: fc.option(fc.double({ noNaN: true, noDefaultInfinity: true })),
      At: fc.option(fc.constantFrom("2026-05-01T07:25:37.000Z", "2026-05-01T07:25:37.000+0000")),
      Is: fc.option(fc.boolean()),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(record), fc.array(fc.nat(400)), fc.boolean(), async (records, cuts, quotes) => {
        const csv = [Object.keys(SAMPLE), ...records.map((each) => Object.values(each))]
          .map((values) => values.map((value) => quoted(value, quotes)).join(","))
          .map((line) => `${line}\n`)
          .join("");

        const lines = await read(Buffer.from(csv), cuts, records.length);

        expect(lines).toEqual(
          records.map((each) => ({
            ...each,
            Amount: each.Amount === null ? null : each.Amount + 0,
            At: each.At?.replace("+0000", "Z") ?? null,
          })),
        );
      }),
    );
  });

  it("spells a number in digits, and as the same number", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) => {
        for (const spelled of [String(value), value.toExponential().replace("e", "E")]) {
          const plain = plainNumber(spelled);
          expect(plain).toMatch(/^-?(0|[1-9]\d*)(\.\d*[1-9])?$/);
          expect(Number(plain)).toBe(value + 0);
        }
      }),
    );
    expect(["x", "1.2.3", "", "NaN", "1E999"].map(plainNumber)).toEqual(["x", "1.2.3", "", "NaN", "1E999"]);
  });
});

const SAMPLE = { Id: "", Name: "", Amount: "", At: "", Is: "" };

function quoted(value: string | number | boolean | null, always: boolean): string {
  const written = value === null ? "" : String(value);
  return always || /[",\n\r]/.test(written) ? `"${written.replaceAll('"', '""')}"` : written;
}

async function read(csv: Buffer, cuts: readonly number[], records: number): Promise<readonly unknown[]> {
  const layout = csvLayout(OBJECT, OBJECT.fields);
  const chunks: string[] = [];
  for await (const chunk of jsonLines(inChunks(csv, cuts), layout, { name: "results", records })) {
    chunks.push(Buffer.from(chunk).toString("latin1"));
  }
  const lines = Buffer.from(chunks.join(""), "latin1").toString().split("\n").slice(0, -1);
  return lines.map((line) => JSON.parse(line) as unknown);
}

/** In memory that is used again, as chunks of a body may be. */
async function* inChunks(bytes: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const borders = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].toSorted(
    (a, b) => a - b,
  );
  const memory = Buffer.alloc(bytes.length);
  for (let i = 1; i < borders.length; i++) {
    const length = bytes.copy(memory, 0, borders[i - 1], borders[i]);
    yield await Promise.resolve(memory.subarray(0, length));
  }
}
