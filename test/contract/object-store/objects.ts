import { beforeAll, describe, expect, it } from "vitest";
import type { ReadRange } from "../../../src/sdk/object-store.ts";
import { collect, failure, listAll, pattern } from "./tested.ts";
import type { Tested } from "./tested.ts";

export function objectPromises(its: Tested): void {
  const { put, read, text, keys, fresh } = its;

  describe("objects", () => {
    it("gives back what was put", async () => {
      const key = `${fresh()}a.txt`;
      const before = Date.now();

      await put(key, "hello");

      const info = await its.store.head(its.bucket, key);
      expect(await text(key)).toBe("hello");
      expect(info).toMatchObject({ key, size: 5 });
      expect(info!.etag).not.toBe("");
      expect(Math.abs(info!.modifiedAt - before)).toBeLessThan(60_000);
    });

    it("tells the time by which it dates its objects", async () => {
      const key = `${fresh()}a`;
      const before = await its.store.clock(its.bucket);

      await put(key, "hello");

      const { modifiedAt } = (await its.store.head(its.bucket, key))!;
      expect(modifiedAt).toBeGreaterThanOrEqual(before);
      expect(Math.abs(modifiedAt - (await its.store.clock(its.bucket)))).toBeLessThan(60_000);
      expect(await failure(its.store.clock("no-such-bucket-here"))).toBe("NoSuchBucket");
    });

    it("holds empty objects", async () => {
      const key = `${fresh()}empty`;

      await put(key, "");

      expect(await text(key)).toBe("");
      expect(await its.store.head(its.bucket, key)).toMatchObject({ size: 0 });
    });

    it("replaces an object as a whole, and says so in its etag", async () => {
      const key = `${fresh()}a`;
      await put(key, "a long first text");
      const first = await its.store.head(its.bucket, key);

      await put(key, "second");

      expect(await text(key)).toBe("second");
      expect((await its.store.head(its.bucket, key))!.etag).not.toBe(first!.etag);
    });

    it("answers undefined for an object that is not there", async () => {
      expect(await its.store.head(its.bucket, `${fresh()}nothing`)).toBeUndefined();
    });

    it("fails with NoSuchObject when reading one that is not there", async () => {
      expect(await failure(read(`${fresh()}nothing`))).toBe("NoSuchObject");
    });

    it("fails with NoSuchBucket where there is no bucket", async () => {
      const missing = "no-such-bucket-here";

      expect(await failure(collect(its.store.read(missing, "a")))).toBe("NoSuchBucket");
      expect(await failure(listAll(its.store, missing, ""))).toBe("NoSuchBucket");
      expect(await failure(its.store.put(missing, "a", Buffer.from("a")))).toBe("NoSuchBucket");
      expect(await failure(its.store.createUpload(missing, "a"))).toBe("NoSuchBucket");
    });

    it("deletes, and deleting what is not there is no error", async () => {
      const key = `${fresh()}a/b/c`;
      await put(key, "x");

      await its.store.delete(its.bucket, key);
      await its.store.delete(its.bucket, key);

      expect(await its.store.head(its.bucket, key)).toBeUndefined();
      expect(await keys(key)).toEqual([]);
    });

    it("copies a body that it was given", async () => {
      const key = `${fresh()}a`;
      const body = Buffer.from("before");

      await its.store.put(its.bucket, key, body);
      body.fill("!");

      expect(await text(key)).toBe("before");
    });

    it("shows a change to other users of the bucket at once", async () => {
      const key = `${fresh()}a`;

      await put(key, "1");

      expect((await collect(its.other.read(its.bucket, key))).toString()).toBe("1");
    });
  });

  describe("ifAbsent", () => {
    it("creates an object, and does not replace one", async () => {
      const key = `${fresh()}a`;

      await its.store.put(its.bucket, key, Buffer.from("first"), { ifAbsent: true });

      expect(await failure(its.store.put(its.bucket, key, Buffer.from("second"), { ifAbsent: true }))).toBe("Exists");
      expect(await text(key)).toBe("first");
    });

    it("lets one of twenty win", async () => {
      const key = `${fresh()}race`;
      const bodies = Array.from({ length: 20 }, (_, i) => `writer ${i}`);

      const results = await Promise.all(
        bodies.map((body) => failure(its.store.put(its.bucket, key, Buffer.from(body), { ifAbsent: true }))),
      );

      expect(results.filter((code) => code === "no failure")).toHaveLength(1);
      expect(results.filter((code) => code === "Exists")).toHaveLength(19);
      expect(await text(key)).toBe(bodies[results.indexOf("no failure")]);
    });
  });

  describe("read", () => {
    const large = pattern(2_500_000);
    let key: string;

    beforeAll(async () => {
      key = `${fresh()}large`;
      await put(key, large);
    });

    const ranges: readonly [ReadRange, number, number][] = [
      [{}, 0, large.length],
      [{ from: 1_234_567 }, 1_234_567, large.length],
      [{ to: 10 }, 0, 10],
      [{ from: 999_999, to: 2_000_001 }, 999_999, 2_000_001],
      [{ from: large.length - 1 }, large.length - 1, large.length],
      [{ from: 5, to: 5 }, 5, 5],
      [{ from: large.length - 4, to: large.length + 100 }, large.length - 4, large.length],
      [{ from: large.length }, 0, 0],
      [{ from: large.length + 7, to: large.length + 9 }, 0, 0],
    ];

    it.each(ranges)("gives the bytes of %o", async (range, from, to) => {
      expect((await read(key, range)).equals(large.subarray(from, to))).toBe(true);
    });

    it.each(ranges)(
      "gives the bytes of %o where they belong in the reader's memory, or in its own",
      async (range, from, to) => {
        const into = Buffer.alloc(large.length);
        let filled = 0;
        for await (const chunk of its.store.read(its.bucket, key, { ...range, into })) {
          if (chunk.buffer !== into.buffer) into.set(chunk, filled);
          filled += chunk.length;
        }

        expect(filled).toBe(to - from);
        expect(into.subarray(0, filled).equals(large.subarray(from, to))).toBe(true);
      },
    );

    it.each([{ from: -1 }, { from: 1.5 }, { from: 5, to: 4 }, { from: Number.NaN }, { to: -1 }])(
      "fails with Invalid for %o",
      async (range) => {
        expect(await failure(read(key, range))).toBe("Invalid");
      },
    );

    it("gives chunks that are the reader's to keep", async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of its.store.read(its.bucket, key)) chunks.push(Buffer.from(chunk));

      expect(Buffer.concat(chunks).equals(large)).toBe(true);
    });

    it("can be left early, any number of times", async () => {
      for (let i = 0; i < 120; i++) {
        for await (const chunk of its.store.read(its.bucket, key)) {
          expect(chunk.length).toBeGreaterThan(0);
          break;
        }
      }
    });

    it("reads the object that it was asked for, and fails with Changed when it is another one", async () => {
      const changing = `${fresh()}a`;
      await put(changing, "first");
      const { etag } = (await its.store.head(its.bucket, changing))!;
      expect((await read(changing, { ifMatch: etag, from: 1 })).toString()).toBe("irst");

      await put(changing, "other");

      expect(await failure(read(changing, { ifMatch: etag }))).toBe("Changed");
    });

    it("fails with NoSuchObject when the object that it was asked for is gone", async () => {
      const gone = `${fresh()}a`;
      await put(gone, "first");
      const { etag } = (await its.store.head(its.bucket, gone))!;
      await its.store.delete(its.bucket, gone);

      expect(await failure(read(gone, { ifMatch: etag }))).toBe("NoSuchObject");
    });
  });
}
