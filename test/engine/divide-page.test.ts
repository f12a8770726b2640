import fc from "fast-check";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import type { Batch, DecoderPosition, RejectedRecord } from "../../src/batch/batch.ts";
import { cellText } from "../../src/batch/cell.ts";
import { cutBatches } from "../../src/engine/cut-batches.ts";
import { dividePage } from "../../src/engine/divide-page.ts";
import { decodePage } from "../../src/engine/read-batches.ts";
import { createCsvDecoder } from "../../src/formats/csv/decode-csv.ts";
import type { Decode } from "../../src/formats/format.ts";
import { decodeJson } from "../../src/formats/json/decode-json.ts";
import { recordStarts } from "../../src/formats/json/record-starts.ts";
import type { BytesPage, InputFormat, PageSection } from "../../src/sdk/connector.ts";
import { collect } from "../support/collect.ts";
import { byteSource } from "../support/page-source.ts";
import { encode, stringSample } from "../formats/parquet/encode-support.ts";

type Record = readonly [offset: number, ...cells: (string | null)[]];

interface Read {
  readonly records: Record[];
  readonly rejected: RejectedRecord[];
}

/** Pieces of which CSV objects are made, good and bad ones: every border between two of them may be a trap. */
const CSV_PIECES = [
  "a",
  "Ü",
  "😀",
  "1,2",
  ",",
  '"',
  '""',
  '"x"',
  '"a\nb"',
  '"a\r\nb",',
  "\n",
  "\r\n",
  "\r",
  " ",
  "\xff",
];

const JSON_PIECES = [
  '{"a":1}',
  '{"a":"Ü😀"}',
  '{"a":\n{"b":2}}',
  '{"b":"\\n"}',
  "{",
  "}",
  "[",
  "]",
  ",",
  '"',
  "\n",
  "\r\n",
  " ",
  "\n\n",
  "1",
  "\xff",
];

/** Decoders whose batches end after every few bytes, so that a border may be nearly anywhere. */
const SMALL: Readonly<{ [type: string]: (blockBytes: number) => Decode }> = {
  csv: createCsvDecoder,
  json: (blockBytes) => (source, options) => decodeJson(source, options, blockBytes),
};

describe("the border of a section", () => {
  for (const [type, pieces, header] of [
    ["csv", CSV_PIECES, "x,y\n"],
    ["json", JSON_PIECES, ""],
  ] as const) {
    it(`gives each record of ${type} to one section, in order, wherever the borders are`, async () => {
      const text = fc.tuple(
        fc.constantFrom("", "\ufeff"),
        fc.array(fc.constantFrom(...pieces), { maxLength: 40 }).map((all) => all.join("")),
      );
      await fc.assert(
        fc.asyncProperty(text, fc.array(fc.nat(), { maxLength: 5 }), fc.integer({ min: 4, max: 64 }), check),
        { numRuns: 1000 },
      );

      async function check([mark, body]: readonly [string, string], choices: readonly number[], block: number) {
        const bytes = Buffer.from(`${mark}${header}${body}`.replaceAll("\xff", "\u0001"));
        // A byte that is no UTF-8 wherever the text has the character that stands for it.
        for (let at = bytes.indexOf(1); at >= 0; at = bytes.indexOf(1)) bytes[at] = 0xff;
        const source = byteSource({ name: "x", bytes }, 7);
        const options = { maxRecordBytes: 24, fields: type === "csv" ? undefined : ["a", "b"] };
        const whole = await gather(SMALL[type]!(1 << 16)(source, options));
        const places = await placesOf(SMALL[type]!(block)(source, { ...options, fields: [] }));
        const borders = choices.map((choice) => choice % (places.length + 1));
        const sections = sectionsBetween(places.filter((_, place) => borders.includes(place)));

        const parts = [];
        for (const { from, to } of sections) {
          const batches = SMALL[type]!(block + 3)(source, { ...options, from });
          parts.push(await gather(to === undefined ? batches : cutBatches(batches, to)));
        }

        expect(join(parts)).toEqual(whole);
      }
    });
  }
});

describe("a record that begins behind a brace and a line end", () => {
  it("is found without what comes before, and begins wherever a decoder reads from", async () => {
    const text = fc
      .array(fc.constantFrom(...JSON_PIECES, '{"a":1}\n', "}\n{", '"}\n{'), { maxLength: 40 })
      .map((all) => all.join(""));
    let found = 0;
    await fc.assert(
      fc.asyncProperty(
        text,
        fc.constantFrom("", "\ufeff"),
        fc.integer({ min: 1, max: 30 }),
        async (body, mark, step) => {
          const bytes = Buffer.from(`${mark}${body}`.replaceAll("\xff", "\u0001"));
          for (let at = bytes.indexOf(1); at >= 0; at = bytes.indexOf(1)) bytes[at] = 0xff;
          const source = byteSource({ name: "x", bytes }, 7);
          const options = { maxRecordBytes: 24, fields: ["a", "b"] };
          const whole = await gather(decodeJson(source, options));
          const starts = await collect(recordStarts(source, step));
          found += starts.length;

          const parts = [];
          for (const { from, to } of sectionsBetween(starts.map((start) => ({ ...start })))) {
            const batches = decodeJson(source, { ...options, from });
            parts.push(await gather(to === undefined ? batches : cutBatches(batches, to)));
          }

          expect(withoutLines(join(parts))).toEqual(withoutLines(whole));
        },
      ),
      { numRuns: 3000 },
    );
    expect(found).toBeGreaterThan(500);
  });

  it("costs a few kilobytes for each section, however large the object is", async () => {
    const line = `{"id":1,"text":"${"x".repeat(200)}"}\n`;
    const bytes = Buffer.from(line.repeat(50_000));
    let read = 0;
    const source = byteSource({ name: "x", bytes }, 5000);
    const body = {
      ...source,
      stream: () => expect.unreachable("nothing is read as a whole"),
      read: (from: number, length: number) => ((read += length), source.read(from, length)),
    };

    const sections = await divide({ at: 0, next: null, body, format: { type: "json" } }, 1_000_000);

    expect(sections.length).toBeGreaterThan(8);
    expect(read).toBeLessThan(sections.length * 70_000);
  });

  it("is looked for by a decoder where there is none for long", async () => {
    const lines = '{"id":1}\n'.repeat(100_000);
    const page = pageOf(Buffer.from(lines + '{"id":"}"}'.repeat(3_500_000)), { type: "json" });

    const sections = await divide(page, 500_000);

    // One border is found behind a line end, and all others without one.
    expect(sections.length).toBeGreaterThan(60);
    expect(sections.every(({ from }) => from?.["line"] === undefined)).toBe(true);
  });
});

describe("dividing a page", () => {
  const rows = Array.from({ length: 9000 }, (_, i) => `${i},"text ${i}\r\nof ""two"" lines, ${"é".repeat(i % 7)}"`);
  const csv = Buffer.from(`\ufeffid,text\r\n${rows.join("\r\n")}\r\n`);

  it("finds borders in CSV with line ends in quotes, and gives every record once, with its line", async () => {
    const page = pageOf(csv, { type: "csv" });

    const sections = await divide(page, 60_000);

    expect(sections.length).toBeGreaterThan(3);
    const parts = [];
    for (const section of sections)
      parts.push(await gather(decodePage({ ...page, section }, undefined, undefined, { bytes: 0 })));
    expect(parts.every(({ records }) => records.length > 0)).toBe(true);
    expect(join(parts)).toEqual(await gather(decodePage(page, undefined, undefined, { bytes: 0 })));
  });

  it("counts the bytes of each section, which are together those of the object", async () => {
    const page = pageOf(csv, { type: "csv" });
    const meter = { bytes: 0 };

    for (const section of await divide(page, 60_000))
      await gather(decodePage({ ...page, section }, undefined, undefined, meter));

    // Each section looks at the first bytes to know a compressed object.
    expect(meter.bytes - csv.length).toBeLessThan(10 * 16);
  });

  it("divides one array of records", async () => {
    const page = pageOf(Buffer.from(JSON.stringify(rows.map((text, id) => ({ id, text })))), { type: "json" });

    const sections = await divide(page, 100_000);

    expect(sections.length).toBeGreaterThan(3);
    const parts = [];
    for (const section of sections)
      parts.push(await gather(decodePage({ ...page, section }, undefined, undefined, { bytes: 0 })));
    expect(join(parts)).toEqual(await gather(decodePage(page, undefined, undefined, { bytes: 0 })));
    expect(join(parts).rejected).toEqual([]);
  });

  it("divides Parquet between row groups, and goes on within a section from where it stopped", async () => {
    const page = pageOf(encode([stringSample("text", rows.slice(0, 7500))], { rowGroupRecords: 1500 }), {
      type: "parquet",
    });

    const sections = await divide(page, 1);

    expect(sections).toHaveLength(5);
    const parts = [];
    for (const section of sections)
      parts.push(await gather(decodePage({ ...page, section }, undefined, undefined, { bytes: 0 })));
    expect(parts.map(({ records }) => records.length)).toEqual([1500, 1500, 1500, 1500, 1500]);
    expect(join(parts)).toEqual(await gather(decodePage(page, undefined, undefined, { bytes: 0 })));
    const middle = { rowGroup: 1, record: 1490 };
    const rest = await gather(decodePage({ ...page, section: sections[1]! }, undefined, middle, { bytes: 0 }));
    expect(rest.records).toEqual(parts[1]!.records.slice(1490));
  });

  it("leaves compressed text whole", async () => {
    expect(await divide(pageOf(gzipSync(csv), { type: "csv" }), 1)).toEqual([{}]);
  });

  it("stops when the run is cancelled", async () => {
    const sections = dividePage(pageOf(csv, { type: "csv" }), 1, AbortSignal.abort());

    await expect(collect(sections)).rejects.toThrow("cancelled");
  });
});

function pageOf(bytes: Buffer, format: InputFormat): BytesPage {
  return { at: 0, next: null, body: byteSource({ name: "x", bytes }, 5000), format };
}

function divide(page: BytesPage, sectionBytes: number): Promise<PageSection[]> {
  return collect(dividePage(page, sectionBytes, new AbortController().signal));
}

function sectionsBetween(
  borders: readonly DecoderPosition[],
): { from: DecoderPosition | undefined; to: DecoderPosition | undefined }[] {
  return [...borders, undefined].map((to, i) => ({ from: borders[i - 1], to }));
}

async function placesOf(batches: AsyncIterable<Batch>): Promise<DecoderPosition[]> {
  const places = [];
  for await (const { next } of batches) if (next !== null) places.push(next);
  return places;
}

async function gather(batches: AsyncIterable<Batch>): Promise<Read> {
  const read: Read = { records: [], rejected: [] };
  for await (const batch of batches) {
    for (let r = 0; r < batch.count; r++) {
      read.records.push([batch.offsets[r]!, ...batch.columns.map((column) => cellText(column, r))]);
    }
    read.rejected.push(...batch.rejected);
  }
  return read;
}

function withoutLines({ records, rejected }: Read) {
  return { records, rejected: rejected.map(withoutLine) };
}

function withoutLine({ code, message, offset, raw }: RejectedRecord) {
  return { code, message, offset, raw };
}

function join(parts: readonly Read[]): Read {
  return { records: parts.flatMap(({ records }) => records), rejected: parts.flatMap(({ rejected }) => rejected) };
}
