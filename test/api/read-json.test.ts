import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MAX_BODY_BYTES, MAX_DEPTH, MAX_MEMBERS, readBody, readJson } from "../../src/api/read-json.ts";

const bytes = (text: string) => Buffer.from(text);
const nested = (depth: number) => bytes("[".repeat(depth) + "]".repeat(depth));
const members = (count: number) => bytes(`{${Array.from({ length: count }, (_, n) => `"m${n}":1`).join(",")}}`);

describe("readJson", () => {
  it("gives back every JSON value", () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 5 }), fc.boolean(), (value, spaced) => {
        const text = JSON.stringify(value, null, spaced ? 2 : 0);
        expect(readJson(bytes(text))).toEqual(JSON.parse(text));
      }),
    );
  });

  it("takes an empty body for an empty object", () => {
    expect([readJson(bytes("")), readJson(bytes(" \n"))]).toEqual([{}, {}]);
  });

  it("counts levels and members outside of texts alone", () => {
    const text = `{"a":"${String.raw`[{:\"[{:`.repeat(20_000)}"}`;

    expect(readJson(bytes(text))).toEqual(JSON.parse(text));
  });

  it("draws the lines where it says", () => {
    expect(readJson(nested(MAX_DEPTH))).toBeInstanceOf(Array);
    expect(Object.keys(readJson(members(MAX_MEMBERS))!)).toHaveLength(MAX_MEMBERS);
  });

  it.each<[string, Uint8Array, RegExp]>([
    ["broken JSON", bytes("{"), /is not JSON/],
    ["two values", bytes("{} {}"), /is not JSON/],
    ["a text without end", bytes('{"a":"'), /is not JSON/],
    ["bytes that are not UTF-8", Buffer.from([0x22, 0xff, 0x22]), /is not UTF-8/],
    ["one level too many", nested(MAX_DEPTH + 1), /deeper than 32/],
    ["very many levels", bytes("[".repeat(200_000)), /deeper than 32/],
    ["one member too many", members(MAX_MEMBERS + 1), /more than 10000 members/],
  ])("refuses %s", (_, body, message) => {
    expect(() => readJson(body)).toThrow(
      expect.objectContaining({ code: "SerializationException", message: expect.stringMatching(message) }),
    );
  });

  it("looks at a hostile body once", () => {
    const start = performance.now();

    expect(() => readJson(bytes(`"${String.raw`\"`.repeat(MAX_BODY_BYTES / 2 - 10)}`))).toThrow(/is not JSON/);
    expect(performance.now() - start).toBeLessThan(1000);
  });
});

describe("readBody", () => {
  const requestOf = (body: string | Uint8Array<ArrayBuffer> | ReadableStream | null, headers = {}) =>
    new Request("http://localhost/", { method: "POST", body, headers, duplex: "half" });

  it("reads up to the limit", async () => {
    const body = new Uint8Array(MAX_BODY_BYTES).fill(65);

    expect(await readBody(requestOf(body))).toHaveLength(MAX_BODY_BYTES);
    expect(await readBody(requestOf(null))).toHaveLength(0);
  });

  it("refuses what is announced to be longer, unread", async () => {
    const request = requestOf("short", { "content-length": String(MAX_BODY_BYTES + 1) });

    await expect(readBody(request)).rejects.toMatchObject({ code: "RequestEntityTooLargeException" });
    expect(request.bodyUsed).toBe(false);
  });

  it("stops reading what turns out to be longer", async () => {
    let given = 0;
    const endless = new ReadableStream({
      pull(controller) {
        given += 65_536;
        controller.enqueue(new Uint8Array(65_536));
      },
    });

    await expect(readBody(requestOf(endless))).rejects.toMatchObject({ code: "RequestEntityTooLargeException" });
    expect(given).toBeLessThan(2 * MAX_BODY_BYTES);
  });
});
