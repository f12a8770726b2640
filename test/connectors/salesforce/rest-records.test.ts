import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { groupRecords } from "../../../connectors/salesforce/rest-records.ts";
import type { SObjectField } from "../../../connectors/salesforce/sobject.ts";
import { readJson } from "../../../src/sdk/http/json-body.ts";

const FIELDS = [
  { name: "Id", type: "id" },
  { name: "Name", type: "string" },
  { name: "Amount", type: "double" },
  { name: "At", type: "datetime" },
  { name: "Place", type: "address" },
] as unknown as readonly SObjectField[];

const text = fc.string({ unit: fc.constantFrom("a", '"', "\\", "é", "\u{1F600}", "}", "]", ",", "+0000") });

const record = fc.record({
  Id: fc.stringMatching(/^[a-z0-9]{18}$/),
  Name: fc.option(text),
  Amount: fc.option(fc.constantFrom(1.5, 3.5e8, -0.001, 7, 1e300)),
  At: fc.option(fc.constant("2026-05-01T07:25:37.000+0000")),
  Place: fc.option(fc.record({ city: text, latitude: fc.constantFrom(null, 47.25) })),
});

describe("records of an answer", () => {
  it("are what they were but for attributes, offsets and exponents, however the answer is spelled", () => {
    const spelling = fc.record({
      attributes: fc.boolean(),
      reversed: fc.boolean(),
      indent: fc.constantFrom(0, 0, 0, 2),
      exponents: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(record, spelling)), fc.boolean(), (records, isDivided) => {
        const spelled = records.map(([each, { attributes, reversed, indent, exponents }]) => {
          const members = Object.entries({ ...(attributes && { attributes: { type: "T", url: '/x"}' } }), ...each });
          const json = JSON.stringify(Object.fromEntries(reversed ? members.toReversed() : members), null, indent);
          return exponents
            ? json.replace(/"Amount":(\s*)([^,}\s]+)/, (_, blank: string, number: string) => {
                return number === "null" ? `"Amount":null` : `"Amount":${blank}${Number(number).toExponential()}`;
              })
            : json;
        });
        const body = readJson({
          bytes: Buffer.from(`{"records":[${spelled.join(",")}],"done":true}`),
          url: new URL("https://x.example"),
        } as never);

        const groups = groupRecords(body.bytes, body.records("records"), FIELDS, isDivided);

        const found = groups.flatMap(({ bytes }) => JSON.parse(bytes.toString()) as unknown[]);
        expect(found).toEqual(
          records.map(([each]) => ({ ...each, At: each.At === null ? null : "2026-05-01T07:25:37.000Z" })),
        );
        for (const { bytes } of groups) expect(bytes.toString()).not.toMatch(/"Amount":\s*-?[\d.]+e/);
        expect(groups.at(-1)!.lastId).toBe(records.at(-1)?.[0].Id);
        expect(body.member("done")).toBe(true);
      }),
    );
  });

  it("come in groups of five hundred, each with the id of its last", () => {
    const records = Array.from({ length: 1001 }, (_, n) => ({
      Id: String(n),
      Name: null,
      Amount: null,
      At: null,
      Place: null,
    }));
    const bytes = Buffer.from(JSON.stringify(records));

    const groups = groupRecords(bytes, { start: 0, end: bytes.length }, FIELDS, true);

    expect(groups.map(({ lastId }) => lastId)).toEqual(["499", "999", "1000"]);
    expect(groups.flatMap((group) => JSON.parse(group.bytes.toString()) as unknown[])).toEqual(records);
  });

  it.each(["[{]", '[{"Id":"1"} {"Id":"2"}]', '[{"Id":"1"},]', '[{"Id":"1"}', "[1]"])("%s: are none", (json) => {
    const bytes = Buffer.from(json);

    expect(() => groupRecords(bytes, { start: 0, end: bytes.length }, FIELDS, true)).toThrow(
      expect.objectContaining({ code: "ServerError" }) as Error,
    );
  });
});
