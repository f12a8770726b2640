import { describe, expect, it } from "vitest";
import { compareKeys } from "../../../src/sdk/compare-keys.ts";
import { MIN_PART_BYTES } from "../../../src/sdk/object-store.ts";
import type { Upload } from "../../../src/sdk/object-store.ts";
import { failure, inGroups, pattern } from "./tested.ts";
import type { Tested } from "./tested.ts";

export function uploadPromises(its: Tested, openUploads: number): void {
  const { put, read, text, keys, fresh, waived } = its;

  describe("uploads", () => {
    const full = pattern(MIN_PART_BYTES);
    const bodyOf = (number: number) => Buffer.alloc(MIN_PART_BYTES, `part ${number} `);
    const options = { contentType: "text/csv", metadata: { run: "1" } };

    it("shows an object only when it is completed, and then whole", async () => {
      const key = `${fresh()}a/b.csv`;
      const upload = await its.store.createUpload(its.bucket, key, options);
      const first = await its.store.uploadPart(upload, 1, full);
      const second = await its.store.uploadPart(upload, 2, Buffer.from("the end"));
      expect(await its.store.head(its.bucket, key)).toBeUndefined();
      expect(await keys(key)).toEqual([]);
      expect([first.size, second.size]).toEqual([full.length, 7]);

      await its.store.completeUpload(upload, [first, second]);

      expect((await read(key)).equals(Buffer.concat([full, Buffer.from("the end")]))).toBe(true);
      const info = (await its.store.head(its.bucket, key))!;
      expect(info.size).toBe(full.length + 7);
      expect((await read(key, { ifMatch: info.etag, from: full.length })).toString()).toBe("the end");
    });

    it("makes an object of one small part, or of an empty one", async () => {
      const at = fresh();
      for (const body of ["small", ""]) {
        const upload = await its.store.createUpload(its.bucket, at + body.length);
        const part = await its.store.uploadPart(upload, 1, Buffer.from(body));
        await its.store.completeUpload(upload, [part]);

        expect(await text(at + body.length)).toBe(body);
      }
    });

    it("makes parts of ranges of other objects, beside those that are uploaded", async () => {
      const at = fresh();
      const large = pattern(MIN_PART_BYTES + 1000);
      await put(`${at}large ü+%`, large);
      await put(`${at}small`, "all of it");
      const rangeOf = async (key: string, from: number, to?: number) => {
        const { etag, size } = (await its.store.head(its.bucket, key))!;
        return { bucket: its.bucket, key, etag, size, from, to: to ?? size };
      };
      const upload = await its.store.createUpload(its.bucket, `${at}made`);

      const parts = [
        await its.store.copyPart(upload, 1, await rangeOf(`${at}large ü+%`, 1000)),
        await its.store.uploadPart(upload, 2, full),
        await its.store.copyPart(upload, 3, await rangeOf(`${at}large ü+%`, 3, MIN_PART_BYTES + 3)),
        await its.store.copyPart(upload, 4, await rangeOf(`${at}small`, 0)),
      ].map((part) => part!);
      await its.store.completeUpload(upload, parts);

      expect(parts.map(({ number, size }) => [number, size])).toEqual([
        [1, MIN_PART_BYTES],
        [2, full.length],
        [3, MIN_PART_BYTES],
        [4, 9],
      ]);
      const expected = [large.subarray(1000), full, large.subarray(3, MIN_PART_BYTES + 3), Buffer.from("all of it")];
      expect((await read(`${at}made`)).equals(Buffer.concat(expected))).toBe(true);
    });

    const asItWas = "copies from no other object than the one that is meant";
    it(asItWas, { fails: waived(asItWas) }, async () => {
      const at = fresh();
      await put(`${at}a`, "first");
      const { etag, size } = (await its.store.head(its.bucket, `${at}a`))!;
      const source = { bucket: its.bucket, key: `${at}a`, etag, size, from: 0, to: size };
      const upload = await its.store.createUpload(its.bucket, `${at}made`);

      await put(`${at}a`, "other");
      expect(await failure(its.store.copyPart(upload, 1, source))).toBe("Changed");
      await its.store.delete(its.bucket, `${at}a`);
      expect(await failure(its.store.copyPart(upload, 1, source))).toBe("NoSuchObject");
    });

    it("takes parts in any order and at the same time, and puts them together by number", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);

      const numbers = [4, 10_000, 2, 3];
      const parts = await Promise.all(numbers.map((number) => its.store.uploadPart(upload, number, bodyOf(number))));
      parts.sort((a, b) => a.number - b.number);
      await its.store.completeUpload(upload, parts);

      expect((await read(key)).equals(Buffer.concat([2, 3, 4, 10_000].map(bodyOf)))).toBe(true);
    });

    it("uses the last upload of a part", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      await its.store.uploadPart(upload, 1, Buffer.from("first"));
      const again = await its.store.uploadPart(upload, 1, Buffer.from("second"));

      await its.store.completeUpload(upload, [again]);

      expect(await text(key)).toBe("second");
    });

    it("copies a part that it was given", async () => {
      const key = `${fresh()}a`;
      const body = Buffer.from("before");
      const upload = await its.store.createUpload(its.bucket, key);

      const part = await its.store.uploadPart(upload, 1, body);
      body.fill("!");
      await its.store.completeUpload(upload, [part]);

      expect(await text(key)).toBe("before");
    });

    it("replaces an object that has the key", async () => {
      const key = `${fresh()}a`;
      await put(key, "old");
      const upload = await its.store.createUpload(its.bucket, key);
      const part = await its.store.uploadPart(upload, 1, Buffer.from("new"));
      expect(await text(key)).toBe("old");

      await its.store.completeUpload(upload, [part]);

      expect(await text(key)).toBe("new");
    });

    it("can be continued and completed by another process", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const parts = [await its.store.uploadPart(upload, 1, full)];
      const handedOver = JSON.parse(JSON.stringify({ upload, parts })) as { upload: Upload; parts: typeof parts };

      const last = await its.other.uploadPart(handedOver.upload, 2, Buffer.from("end"));
      await its.other.completeUpload(handedOver.upload, [...handedOver.parts, last]);

      expect((await its.store.head(its.bucket, key))!.size).toBe(full.length + 3);
    });

    it("can be handed back and forth, and completed by whoever does not know the last parts", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const bodies = [1, 2, 3, 4, 5].map(bodyOf);
      const writers = [its.store, its.other, its.other, its.store, its.other];

      const parts = [];
      for (const [i, writer] of writers.entries()) parts.push(await writer.uploadPart(upload, i + 1, bodies[i]!));
      await its.store.completeUpload(upload, parts);

      expect((await read(key)).equals(Buffer.concat(bodies))).toBe(true);
    });

    it("goes on from fewer parts than it has, when those after them were lost track of", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const first = await its.store.uploadPart(upload, 1, full);
      await its.other.uploadPart(upload, 2, full);
      await its.other.uploadPart(upload, 3, full);

      const second = await its.store.uploadPart(upload, 2, Buffer.from("the end"));
      await its.other.completeUpload(upload, [first, second]);

      expect((await read(key)).equals(Buffer.concat([full, Buffer.from("the end")]))).toBe(true);
    });

    it("keeps its parts when somebody tries to complete it with others", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const first = await its.store.uploadPart(upload, 1, full);
      expect(await failure(its.other.completeUpload(upload, [{ ...first, etag: '"another"' }]))).toBe("Invalid");
      const second = await its.store.uploadPart(upload, 2, full);

      expect(await failure(its.other.completeUpload(upload, [first, { ...second, number: 7 }]))).toBe("Invalid");
      await its.other.completeUpload(upload, [first, second]);

      expect((await read(key)).equals(Buffer.concat([full, full]))).toBe(true);
    });

    it("may be completed again, by anybody, with the same parts", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const parts = [
        await its.store.uploadPart(upload, 1, full),
        await its.store.uploadPart(upload, 2, Buffer.from("x")),
      ];

      await its.store.completeUpload(upload, parts);
      const { etag } = (await its.store.head(its.bucket, key))!;
      await its.store.completeUpload(upload, parts);
      await its.other.completeUpload(upload, parts);

      expect((await its.store.head(its.bucket, key))!.etag).toBe(etag);
    });

    it("may be completed by several at the same time", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const parts = [
        await its.store.uploadPart(upload, 1, full),
        await its.store.uploadPart(upload, 2, Buffer.from("x")),
      ];

      const results = await Promise.all(
        [its.store, its.other, its.store, its.other].map((one) => failure(one.completeUpload(upload, parts))),
      );

      expect(new Set(results)).toEqual(new Set(["no failure"]));
      expect((await its.store.head(its.bucket, key))!.size).toBe(full.length + 1);
    });

    it("is not completed with a small part before the last, and leaves what is there", async () => {
      const key = `${fresh()}a`;
      await put(key, "old");
      const upload = await its.store.createUpload(its.bucket, key);
      const parts = [
        await its.store.uploadPart(upload, 1, full.subarray(1)),
        await its.store.uploadPart(upload, 2, Buffer.from("x")),
      ];

      expect(await failure(its.store.completeUpload(upload, parts))).toBe("Invalid");
      expect(await text(key)).toBe("old");
    });

    it("is not completed with parts that it does not have, in the wrong order, or without parts", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const first = await its.store.uploadPart(upload, 1, full);
      const second = await its.store.uploadPart(upload, 2, full);
      const wrong = { ...second, etag: '"00000000000000000000000000000000"' };

      expect(await failure(its.store.completeUpload(upload, [first, wrong]))).toBe("Invalid");
      expect(await failure(its.store.completeUpload(upload, [first, { ...second, number: 3 }]))).toBe("Invalid");
      expect(await failure(its.store.completeUpload(upload, [second, first]))).toBe("Invalid");
      expect(await failure(its.store.completeUpload(upload, [first, first]))).toBe("Invalid");
      expect(await failure(its.store.completeUpload(upload, []))).toBe("Invalid");
      expect(await its.store.head(its.bucket, key)).toBeUndefined();

      await its.store.completeUpload(upload, [first, second]);
      expect((await its.store.head(its.bucket, key))!.size).toBe(2 * full.length);
    });

    it.each([0, -1, 10_001, 1.5])("has no part number %d", async (number) => {
      const upload = await its.store.createUpload(its.bucket, `${fresh()}a`);

      expect(await failure(its.store.uploadPart(upload, number, Buffer.from("x")))).toBe("Invalid");
    });

    it("can be aborted, and aborted again", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const part = await its.store.uploadPart(upload, 1, Buffer.from("x"));

      await its.store.abortUpload(upload);
      await its.store.abortUpload(upload);
      await its.other.abortUpload(upload);

      expect(await failure(its.store.completeUpload(upload, [part]))).not.toBe("no failure");
      expect(await its.store.head(its.bucket, key)).toBeUndefined();
    });

    const gone = "fails with NoSuchUpload when it was aborted";
    it(gone, { fails: waived(gone) }, async () => {
      const upload = await its.store.createUpload(its.bucket, `${fresh()}a`);
      const part = await its.store.uploadPart(upload, 1, Buffer.from("x"));
      await its.store.abortUpload(upload);

      expect(await failure(its.store.uploadPart(upload, 2, Buffer.from("y")))).toBe("NoSuchUpload");
      expect(await failure(its.store.completeUpload(upload, [part]))).toBe("NoSuchUpload");
    });

    it("leaves the object when it is aborted after it was completed", async () => {
      const key = `${fresh()}a`;
      const upload = await its.store.createUpload(its.bucket, key);
      const part = await its.store.uploadPart(upload, 1, Buffer.from("x"));
      await its.store.completeUpload(upload, [part]);

      await its.store.abortUpload(upload);

      expect(await text(key)).toBe("x");
      await its.store.completeUpload(upload, [part]);
    });

    const own = "belongs to its key";
    it(own, { fails: waived(own) }, async () => {
      const at = fresh();
      const upload = await its.store.createUpload(its.bucket, `${at}a`);
      const part = await its.store.uploadPart(upload, 1, Buffer.from("x"));

      expect(await failure(its.store.completeUpload({ ...upload, key: `${at}b` }, [part]))).toBe("NoSuchUpload");
      expect(await keys(at)).toEqual([]);
    });

    it.each(["nonsense", "", "../..", "a/b", "\u0000"])("does not know an upload called %j", async (uploadId) => {
      const unknown = { bucket: its.bucket, key: `${fresh()}a`, uploadId };

      expect(await failure(its.store.uploadPart(unknown, 1, Buffer.from("x")))).toBe("NoSuchUpload");
      expect(await failure(its.store.abortUpload(unknown))).toBe("no failure");
    });

    it("is listed, by any process, until it is completed or aborted", async () => {
      const at = fresh();
      const names = [`${at}a b+ü`, `${at}a/1`, `${at}a/2`, `${at}b`];
      const uploads = await Promise.all(names.map((key) => its.store.createUpload(its.bucket, key)));
      const [done, left, dropped, elsewhere] = uploads as [Upload, Upload, Upload, Upload];
      const listed = async (prefix: string) => {
        const found: Upload[] = [];
        for await (const upload of its.other.listUploads(its.bucket, prefix)) found.push(upload);
        return found;
      };
      const keysOf = (found: readonly Upload[]) => found.map(({ key }) => key).sort(compareKeys);

      const before = await listed(`${at}a`);
      await its.store.completeUpload(done, [await its.store.uploadPart(done, 1, Buffer.from("x"))]);
      await its.store.abortUpload(dropped);
      const after = await listed(at);

      expect(keysOf(before)).toEqual(names.slice(0, 3).sort(compareKeys));
      expect(keysOf(after)).toEqual([left.key, elsewhere.key].sort(compareKeys));
      for (const upload of after) await its.other.abortUpload(upload);
      expect(await listed(at)).toEqual([]);
    });

    it(`holds ${openUploads} open uploads, each of them invisible`, async () => {
      const at = fresh();
      const names = Array.from({ length: openUploads }, (_, i) => `${at}${i}`);
      const uploads: Upload[] = [];

      await inGroups(names, 100, async (key) => void uploads.push(await its.store.createUpload(its.bucket, key)));

      const some = uploads.filter((_, i) => i % 50 === 0);
      const parts = await Promise.all(some.map(({ key }, i) => its.store.uploadPart(some[i]!, 1, Buffer.from(key))));
      expect(new Set(uploads.map(({ uploadId }) => uploadId)).size).toBe(openUploads);
      expect(await keys(at)).toEqual([]);
      await Promise.all(some.map((upload, i) => its.store.completeUpload(upload, [parts[i]!])));
      expect(await keys(at)).toEqual(some.map(({ key }) => key).sort(compareKeys));
    });
  });
}
