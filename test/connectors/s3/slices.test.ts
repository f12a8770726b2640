import { describe, expect, it } from "vitest";
import type { Slice } from "../../../connectors/s3/slices.ts";
import { createSource } from "../../../connectors/s3/source.ts";
import { dividePage } from "../../../src/engine/divide-page.ts";
import type { BytesPage } from "../../../src/sdk/connector.ts";
import { NO_CONNECTION } from "../../../src/sdk/http/connection.ts";
import type { Json } from "../../../src/sdk/json.ts";
import { collect } from "../../support/collect.ts";
import { MemoryObjectStore } from "../../support/memory-object-store.ts";

const source = createSource({ sliceBytes: 100, wholeBytes: 200, objectBytes: 10 });
const settings = { bucketName: "src-bkt", s3InputFormatConfig: { s3InputFileType: "JSON" } };
const { signal } = new AbortController();

describe("split", () => {
  it("gathers objects in the order of their keys, by their bytes and a little for each", async () => {
    const objects = await storeWith({ a: 40, b: 40, c: 40, d: 90, e: 1, f: 1 });

    expect((await split(objects)).map(keysOf)).toEqual([["a", "b"], ["c"], ["d"], ["e", "f"]]);
  });

  it("gathers tiny objects by thousands", async () => {
    const objects = await storeWith(Object.fromEntries(Array.from({ length: 90 }, (_, i) => [`k${100 + i}`, 1])));

    expect((await split(objects)).map((slice) => slice.objects.length)).toEqual([10, 10, 10, 10, 10, 10, 10, 10, 10]);
  });

  it("says of each object which it is", async () => {
    const objects = await storeWith({ a: 40 });
    const { etag } = (await objects.head("src-bkt", "a"))!;

    expect(await split(objects)).toEqual([{ objects: [{ key: "a", etag, size: 40 }] }]);
  });

  it("divides a large object, apart from those around it", async () => {
    const objects = await storeWith({ a: 20, b: 90_000, c: 20 });

    const slices = await split(objects);

    expect(slices.map(keysOf).slice(0, 3)).toEqual([["a"], ["b"], ["b"]]);
    expect(slices.at(-1)).toMatchObject({ objects: [{ key: "c" }] });
    expect(slices[1]).toMatchObject({ section: { to: { offset: expect.any(Number) as number } } });
  });

  it("passes over what holds no records, and gives nothing when nothing is left", async () => {
    const objects = await storeWith({ "x/": 3, _SUCCESS: 3, empty: 0 });

    expect(await split(objects)).toEqual([]);
  });
});

describe("reading a slice", () => {
  it("gives its objects, and no others", async () => {
    const objects = await storeWith({ a: 40, b: 40, c: 40 });
    const [first, second] = await split(objects);
    await objects.put("src-bkt", "aa", Buffer.from("new"));

    expect(await keys(objects, first!)).toEqual(["a", "b"]);
    expect(await keys(objects, second!)).toEqual(["c"]);
  });

  it("goes on from every page, and gives the same page again", async () => {
    const objects = await storeWith({ a: 10, b: 10, c: 10 });
    const [slice] = await split(objects);

    for (const page of await pages(objects, slice!)) {
      const { key } = page.at as { key: string };
      expect(await keys(objects, slice!, page.at)).toEqual(["a", "b", "c"].filter((each) => each >= key));
      if (page.next === null) expect(key).toBe("c");
      else expect(await keys(objects, slice!, page.next)).toEqual(["a", "b", "c"].filter((each) => each > key));
    }
  });

  it("passes over what was deleted since, and reads what was replaced", async () => {
    const objects = await storeWith({ a: 10, b: 10, c: 10 });
    const [slice] = await split(objects);
    await objects.delete("src-bkt", "a");
    await objects.put("src-bkt", "b", Buffer.from("another"));

    const read = await pages(objects, slice!);

    expect(read.map(({ body }) => [body.name, body.size])).toEqual([
      ["s3://src-bkt/b", 7],
      ["s3://src-bkt/c", 10],
    ]);
  });

  it("refuses a section of an object that was replaced since", async () => {
    const objects = await storeWith({ b: 90_000 });
    const slices = await split(objects);
    await objects.put("src-bkt", "b", Buffer.alloc(90_000, "y"));

    const [page] = await pages(objects, slices[1]!);

    expect(page!.section).toEqual(slices[1]!.section);
    await expect(page!.body.read(0, 10)).rejects.toThrow("s3://src-bkt/b was replaced after the flow had listed it");
  });
});

/** A bucket with objects of these sizes, of lines with ten bytes each. */
async function storeWith(sizes: Readonly<Record<string, number>>): Promise<MemoryObjectStore> {
  const objects = new MemoryObjectStore(["src-bkt"]);
  for (const [key, size] of Object.entries(sizes)) {
    await objects.put("src-bkt", key, Buffer.from('{"a":123}\n'.repeat(size / 10 + 1)).subarray(0, size));
  }
  return objects;
}

async function split(objects: MemoryObjectStore): Promise<Slice[]> {
  const session = {
    objects,
    connection: NO_CONNECTION,
    signal,
    isDelivered: () => false,
    divide: (page: BytesPage, sectionBytes: number) => dividePage(page, sectionBytes, signal),
  };
  return (await collect(source.split!(session, { settings, fields: undefined }))) as unknown[] as Slice[];
}

function pages(objects: MemoryObjectStore, slice: Slice, cursor?: Json): Promise<BytesPage[]> {
  const query = { settings, fields: undefined, slice: slice as unknown as Json, cursor };
  return collect(source.read({ objects, connection: NO_CONNECTION, signal }, query)) as Promise<BytesPage[]>;
}

async function keys(objects: MemoryObjectStore, slice: Slice, cursor?: Json): Promise<string[]> {
  return (await pages(objects, slice, cursor)).map(({ at }) => (at as { key: string }).key);
}

function keysOf({ objects }: Slice): string[] {
  return objects.map(({ key }) => key);
}
