import * as fc from "fast-check";
import { beforeEach, describe, expect, it } from "vitest";
import { source } from "../../../connectors/s3/source.ts";
import type { BytesPage, Page } from "../../../src/sdk/connector.ts";
import { NO_CONNECTION } from "../../../src/sdk/http/connection.ts";
import type { Json, JsonObject } from "../../../src/sdk/json.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";

const BUCKET = "src-bkt";

let objects: MemoryObjectStore;

beforeEach(() => {
  objects = new MemoryObjectStore([BUCKET], { chunkBytes: 4 });
});

async function putAll(...keys: readonly string[]): Promise<void> {
  for (const key of keys) await objects.put(BUCKET, key, Buffer.from(`body of ${key}`));
}

function read(settings: JsonObject = {}, cursor?: Json, signal = new AbortController().signal) {
  const query = { settings: { bucketName: BUCKET, ...settings }, fields: undefined, cursor, slice: null };
  return source.read({ objects, connection: NO_CONNECTION, signal }, query) as AsyncGenerator<BytesPage>;
}

async function all(pages: AsyncIterable<BytesPage>): Promise<BytesPage[]> {
  const found: BytesPage[] = [];
  for await (const page of pages) found.push(page);
  return found;
}

async function keys(settings?: JsonObject, cursor?: Json): Promise<string[]> {
  return (await all(read(settings, cursor))).map(keyOf);
}

function keyOf(page: Page): string {
  return (page.at as { key: string }).key;
}

async function textOf({ body }: BytesPage, from?: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body.stream(from)) chunks.push(Buffer.from(chunk));
  return Buffer.concat(chunks).toString();
}

describe("read", () => {
  it("gives every object under the prefix as a page, in the order of their keys", async () => {
    await putAll("in/b", "in/a", "in/a/c", "input", "other");

    expect(await keys({ bucketPrefix: "in" })).toEqual(["in/a", "in/a/c", "in/b", "input"]);
    expect(await keys({ bucketPrefix: "in/" })).toEqual(["in/a", "in/a/c", "in/b"]);
    expect(await keys({ bucketPrefix: "in/a" })).toEqual(["in/a", "in/a/c"]);
    expect(await keys({ bucketPrefix: null })).toHaveLength(5);
    expect(await keys({ bucketPrefix: "nothing" })).toEqual([]);
  });

  it("gives an object's bytes from any place", async () => {
    await putAll("a");

    const [page] = await all(read());

    expect(page!.body).toMatchObject({ name: "s3://src-bkt/a", size: 9 });
    expect(await textOf(page!)).toBe("body of a");
    expect(await textOf(page!, 5)).toBe("of a");
    expect(Buffer.from(await page!.body.read(2, 6)).toString()).toBe("dy of ");
    await expect(page!.body.read(5, 5)).rejects.toThrow("s3://src-bkt/a has 9 bytes");
  });

  it("passes over what holds no records", async () => {
    await putAll("in/a.csv", "in/folder/", "in/_SUCCESS", "in/.a.csv.crc", "in/_x/b.csv", "_millrace/errors/f/e.json");
    await objects.put(BUCKET, "in/empty.csv", Buffer.alloc(0));

    expect(await keys()).toEqual(["in/_x/b.csv", "in/a.csv"]);
  });

  it("reads hidden objects that the prefix names", async () => {
    await putAll("in/_SUCCESS", "in/_a", "_millrace/errors/f/e.json");

    expect(await keys({ bucketPrefix: "in/_SUCCESS" })).toEqual(["in/_SUCCESS"]);
    expect(await keys({ bucketPrefix: "_millrace/errors/" })).toEqual(["_millrace/errors/f/e.json"]);
  });

  it("says null exactly at the end, also when objects follow that are passed over", async () => {
    await putAll("a", "b", "b/_SUCCESS", "c/");

    const pages = await all(read());

    expect(pages.map(({ next }) => next)).toEqual([{ after: "a" }, null]);
  });

  it("gives a page again from `at`, and goes on behind it from `next`", async () => {
    const name = fc.stringMatching(/^[ab_./]{1,5}$/);
    await fc.assert(
      fc.asyncProperty(fc.uniqueArray(name, { maxLength: 12 }), async (names) => {
        objects = new MemoryObjectStore([BUCKET]);
        await putAll(...names);
        const whole = await keys();
        for (const [index, page] of (await all(read())).entries()) {
          expect(await keys({}, page.at)).toEqual(whole.slice(index));
          if (page.next === null) expect(index).toBe(whole.length - 1);
          else expect(await keys({}, page.next)).toEqual(whole.slice(index + 1));
        }
      }),
      { numRuns: 50 },
    );
  });

  it("has cursors that survive being stored", async () => {
    await putAll("a", "b");
    const [first] = await all(read());

    const stored = JSON.parse(JSON.stringify(first!.at)) as Json;

    expect(await textOf((await all(read({}, stored)))[0]!)).toBe("body of a");
  });

  it("stops when the run is cancelled", async () => {
    await putAll("a", "b", "c");
    const cancel = new AbortController();
    const pages = read({}, undefined, cancel.signal);
    await pages.next();

    cancel.abort();

    await expect(pages.next()).rejects.toThrow();
  });

  describe("when objects change meanwhile", () => {
    it("fails clearly for one that was replaced after it was listed", async () => {
      await putAll("a", "b");
      const pages = read();
      const { value } = (await pages.next()) as { value: BytesPage };
      await objects.put(BUCKET, "a", Buffer.from("another"));

      await expect(textOf(value)).rejects.toMatchObject({
        code: "Changed",
        message: expect.stringContaining("s3://src-bkt/a was replaced"),
      });
    });

    it("passes over one that was deleted before it was begun", async () => {
      await putAll("a", "b", "c");
      const pages = read();
      await pages.next();
      await objects.delete(BUCKET, "b");

      expect((await all(pages)).map(keyOf)).toEqual(["c"]);
    });

    it("ends without a page when the last one was deleted", async () => {
      await putAll("a", "b");
      const pages = read();
      await pages.next();
      await objects.delete(BUCKET, "b");

      expect(await all(pages)).toEqual([]);
      expect(await keys({}, { after: "a" })).toEqual([]);
    });

    it("fails for one that was deleted after it was begun", async () => {
      await putAll("a", "b");
      const [first] = await all(read());
      await objects.delete(BUCKET, "a");

      const [again] = await all(read({}, first!.at));

      await expect(textOf(again!, 5)).rejects.toMatchObject({
        code: "NoSuchObject",
        message: expect.stringContaining("s3://src-bkt/a was deleted"),
      });
    });
  });

  it.each([
    [{}, "a.csv", { type: "csv" }],
    [{}, "a.tsv", { type: "csv", delimiter: "\t" }],
    [{}, "a.TSV.gz", { type: "csv", delimiter: "\t" }],
    [{}, "a.tsv.zst", { type: "csv", delimiter: "\t" }],
    [{}, "tsv", { type: "csv" }],
    [{}, "a.tsv/b.csv", { type: "csv" }],
    [{ s3InputFormatConfig: {} }, "a", { type: "csv" }],
    [{ s3InputFormatConfig: { s3InputFileType: "CSV" } }, "a.json", { type: "csv" }],
    [{ s3InputFormatConfig: { s3InputFileType: "JSON" } }, "a.tsv", { type: "json" }],
    [{ s3InputFormatConfig: { s3InputFileType: "PARQUET" } }, "a", { type: "parquet" }],
  ])("with %j reads %s as %j", async (settings, key, format) => {
    await putAll(key);

    expect((await all(read(settings)))[0]!.format).toEqual(format);
  });
});

describe("excluding", () => {
  const settings = { bucketName: BUCKET, bucketPrefix: "data" };

  it("leaves out what the flow wrote under the prefix that it reads", async () => {
    await putAll("data/in.csv", "data/out/f/1.csv", "data/out/g/1.csv");

    const without = source.excluding!(settings, [{ bucket: BUCKET, prefix: "data/out/f/" }]);

    expect(await keys(without)).toEqual(["data/in.csv", "data/out/g/1.csv"]);
    expect(source.check(without)).toEqual([]);
  });

  it("changes nothing where the two do not meet", () => {
    const elsewhere = [
      { bucket: "dst-bkt", prefix: "data/f/" },
      { bucket: BUCKET, prefix: "out/f/" },
    ];

    expect(source.excluding!(settings, elsewhere)).toBe(settings);
  });

  it.each(["data/f/", "data/", "data"])("makes a flow wrong that reads from %s only what it writes", (prefix) => {
    const written = [{ bucket: BUCKET, prefix: prefix === "data/f/" ? "data/f/" : "data/" }];

    const problems = source.check(source.excluding!({ ...settings, bucketPrefix: prefix }, written));

    expect(problems).toMatchObject([
      { path: "bucketPrefix", message: expect.stringContaining("the flow writes itself") },
    ]);
  });
});

describe("check", () => {
  it("finds nothing wrong with what AppFlow accepts", () => {
    expect(source.check({ bucketName: BUCKET })).toEqual([]);
    expect(
      source.check({
        bucketName: BUCKET,
        bucketPrefix: "p".repeat(512),
        s3InputFormatConfig: { s3InputFileType: "JSON" },
        unknownMember: 1,
      }),
    ).toEqual([]);
    expect(source.check({ bucketName: BUCKET, bucketPrefix: null, s3InputFormatConfig: null })).toEqual([]);
  });

  it("reports everything that is wrong, each with its value and what to do", () => {
    const problems = source.check({
      bucketName: "s3://src-bkt",
      bucketPrefix: "p".repeat(513),
      s3InputFormatConfig: { s3InputFileType: "XML" },
    });

    expect(problems).toEqual([
      {
        path: "bucketName",
        message: '"s3://src-bkt" holds something else than lower-case letters, digits, dots and hyphens',
        remedy: "give the name of a bucket, without s3:// and without a key",
      },
      { path: "bucketPrefix", message: "it has 513 characters, and 512 is the limit", remedy: "shorten it" },
      {
        path: "s3InputFormatConfig.s3InputFileType",
        message: '"XML" is none of the values that it can have',
        remedy: "choose CSV, JSON or PARQUET",
      },
    ]);
  });

  it.each([
    [{}, "bucketName"],
    [{ bucketName: 7 }, "bucketName"],
    [{ bucketName: "ab" }, "bucketName"],
    [{ bucketName: "b".repeat(64) }, "bucketName"],
    [{ bucketName: "Lake" }, "bucketName"],
    [{ bucketName: "a..b" }, "bucketName"],
    [{ bucketName: "-lake" }, "bucketName"],
    [{ bucketName: "10.0.0.1" }, "bucketName"],
    [{ bucketName: BUCKET, bucketPrefix: {} }, "bucketPrefix"],
    [{ bucketName: BUCKET, bucketPrefix: "\ud800" }, "bucketPrefix"],
    [{ bucketName: BUCKET, s3InputFormatConfig: [] }, "s3InputFormatConfig"],
    [
      { bucketName: BUCKET, s3InputFormatConfig: { s3InputFileType: "toString" } },
      "s3InputFormatConfig.s3InputFileType",
    ],
    [{ bucketName: BUCKET, s3InputFormatConfig: { s3InputFileType: 1 } }, "s3InputFormatConfig.s3InputFileType"],
  ])("finds fault with %j at %s", (settings, path) => {
    expect(source.check(settings)).toMatchObject([{ path }]);
  });
});

describe("describeObject", () => {
  it("names the bucket and the prefix", () => {
    expect(source.describeObject({ bucketName: BUCKET, bucketPrefix: "in/" })).toBe("s3://src-bkt/in/");
  });
});
