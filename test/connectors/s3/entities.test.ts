import { beforeEach, describe, expect, it, vi } from "vitest";
import { describe as describeEntity, entities } from "../../../connectors/s3/entities.ts";
import { sampleFields } from "../../../src/engine/sample-fields.ts";
import type { BrowseSession } from "../../../src/sdk/connector.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";
import { NO_CONNECTION } from "../../../src/sdk/http/connection.ts";

const BUCKET = "lake";

describe("what a bucket has", () => {
  let objects: MemoryObjectStore;
  let session: BrowseSession;

  const put = async (...keys: readonly string[]) => {
    for (const key of keys) await objects.put(BUCKET, key, Buffer.from("a\n1\n"));
  };
  const list = async (path: string | undefined, limit = 100, next?: string) => entities(session, { path, next, limit });
  const namesIn = async (path: string) => (await list(path)).entities.map(({ name }) => name);

  beforeEach(() => {
    objects = new MemoryObjectStore([BUCKET]);
    const { signal } = new AbortController();
    session = { objects, connection: NO_CONNECTION, signal, sample: (pages) => sampleFields(pages, signal) };
  });

  it("is its folders and objects, by names that say where they are", async () => {
    await put("crm/2026/a.csv", "crm/b.csv", "sales.csv");

    const { group, entities: found, next } = await list(BUCKET);

    expect(group).toBe("Objects");
    expect(next).toBeUndefined();
    expect(found).toEqual([
      { name: "lake/crm/", label: "crm/", hasNested: true },
      { name: "lake/sales.csv", label: "sales.csv", hasNested: false },
    ]);
    expect(await namesIn("lake/crm/")).toEqual(["lake/crm/2026/", "lake/crm/b.csv"]);
    expect(await namesIn("lake/crm")).toEqual(["lake/crm/2026/", "lake/crm/b.csv"]);
    expect(await namesIn("lake/crm/2026/")).toEqual(["lake/crm/2026/a.csv"]);
  });

  it("leaves out what holds no records, and what is the engine's own", async () => {
    await put("_millrace/errors/x.json", "in/_SUCCESS", "in/.a.crc");
    await objects.put(BUCKET, "in/", Buffer.alloc(0));
    await objects.put(BUCKET, "empty/a.csv", Buffer.alloc(0));
    await put("in/a.csv");

    expect(await namesIn(BUCKET)).toEqual(["lake/in/"]);
    expect(await namesIn("lake/in/")).toEqual(["lake/in/a.csv"]);
    expect(await namesIn("lake/none/")).toEqual([]);
  });

  it("comes page by page, and every page goes on where the last one ended", async () => {
    await put("a/1", "a/2", "b", "c/\u{10FFFF}x", "c/1", "d");
    const found: string[] = [];
    let next: string | undefined;
    do {
      const page = await list(BUCKET, 1, next);
      expect(page.entities).toHaveLength(1);
      found.push(page.entities[0]!.label);
      next = page.next;
    } while (next !== undefined);

    expect(found).toEqual(["a/", "b", "c/", "d"]);
  });

  it("passes over a folder as a whole", async () => {
    await put(...Array.from({ length: 500 }, (_, n) => `many/${n}`), "z");
    const lists = vi.spyOn(objects, "list");

    expect(await namesIn(BUCKET)).toEqual(["lake/many/", "lake/z"]);
    expect(lists).toHaveBeenCalledTimes(3);
  });

  it("cannot be told without a bucket, or of one that is not there", async () => {
    await expect(list(undefined)).rejects.toMatchObject({ name: "ConnectorError", code: "InvalidArgument" });
    await expect(list("nowhere")).rejects.toMatchObject({ code: "NoSuchBucket" });
  });

  describe("fields", () => {
    const fieldsOf = async (entity: string) =>
      (await describeEntity(session, entity))?.map(({ name, type }) => `${name}: ${type}`);
    const file = (key: string, text: string) => objects.put(BUCKET, key, Buffer.from(text));

    it("are those of a header, and text", async () => {
      await file("in/a.csv", "id,name\n1,Ann\n");

      expect(await describeEntity(session, "lake/in/")).toEqual(
        ["id", "name"].map((name) => ({
          name,
          label: name,
          type: "string",
          filterOperators: [
            "EQUAL_TO",
            "NOT_EQUAL_TO",
            "LESS_THAN",
            "LESS_THAN_OR_EQUAL_TO",
            "GREATER_THAN",
            "GREATER_THAN_OR_EQUAL_TO",
            "BETWEEN",
          ],
          source: { isRetrievable: true, isQueryable: true, isTimestamp: false },
        })),
      );
    });

    it("are those of the first records, with the narrowest types that hold all their values", async () => {
      await file("in/1.json", '{"id":1,"ok":true,"tags":["a"]}\n{"id":2.5,"new":null}\n');
      await file("in/2.json", '{"id":3,"city":"Oslo"}');

      expect(await fieldsOf("lake/in")).toEqual([
        "id: double",
        "ok: boolean",
        "tags: json",
        "new: string",
        "city: string",
      ]);
      expect((await describeEntity(session, "lake/in"))![1]!.filterOperators).toEqual(["EQUAL_TO", "NOT_EQUAL_TO"]);
    });

    it.each([
      ["by their ending", "in/a.tsv", "x\ty,z\n1\t2\n", ["x: string", "y,z: string"]],
      ["by how they begin, for JSON", "in/data", '\n {"n":1}', ["n: int64"]],
      ["by how they begin, for lists", "in/data", '[{"n":1}]', ["n: int64"]],
      ["by how they begin, for JSON with a mark", "in/data", '\uFEFF{"n":1}', ["n: int64"]],
      ["as CSV when nothing tells", "in/data", "n\n1\n", ["n: string"]],
    ])("are read %s", async (_, key, text, fields) => {
      await file(key, text);

      expect(await fieldsOf("lake/in/")).toEqual(fields);
    });

    it("are those of one format", async () => {
      await file("in/1.csv", "a\n1\n");
      await file("in/2.json", '{"b":1}');

      expect(await fieldsOf("lake/in/")).toEqual(["a: string"]);
      expect(await fieldsOf("lake/in/2.json")).toEqual(["b: int64"]);
    });

    it("are read no further than the first records", async () => {
      const record = `${JSON.stringify({ n: 1, text: "x".repeat(1000) })}\n`;
      await file("in/large.json", record.repeat(20_000) + '{"late":1}\n');

      expect(await fieldsOf("lake/in/")).toEqual(["n: int64", "text: string"]);
    });

    it("are not told of nothing", async () => {
      await objects.put(BUCKET, "in/", Buffer.alloc(0));

      expect(await describeEntity(session, "lake/in/")).toBeUndefined();
      await expect(describeEntity(session, "nowhere/in/")).rejects.toMatchObject({ code: "NoSuchBucket" });
    });
  });
});
