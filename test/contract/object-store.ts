import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { compareKeys } from "../../src/sdk/compare-keys.ts";
import { MIN_PART_BYTES, ObjectStoreError } from "../../src/sdk/object-store.ts";
import type { ObjectInfo, ObjectStore, ReadRange, Upload } from "../../src/sdk/object-store.ts";

export interface ObjectStoreUnderTest {
  /** A bucket that is there, empty, and only ours. */
  readonly bucket: string;
  readonly store: ObjectStore;
  /** A second store over the same buckets, as another process would have it. */
  readonly other: ObjectStore;
  close?(): Promise<void>;
}

export interface ObjectStoreCase {
  readonly name: string;
  open(): Promise<ObjectStoreUnderTest>;
  /** How many uploads are open at the same time; fewer where each costs a request. */
  readonly openUploads: number;
  /** How many random histories are tried. */
  readonly histories: number;
  /** Promises that the server behind the store breaks: the test's name or the key, and why. They must fail. */
  readonly waivers?: ReadonlyMap<string, string>;
}

/** Everything that an `ObjectStore` promises. */
export function objectStoreContract(subject: ObjectStoreCase): void {
  describe(`object store: ${subject.name}`, () => {
    let opened: ObjectStoreUnderTest;
    let store: ObjectStore;
    let bucket: string;
    let folders = 0;
    const waived = (promise: string) => subject.waivers?.has(promise) ?? false;
    /** A prefix of its own for each test, so that one bucket serves them all. */
    const fresh = () => `t${++folders}/`;

    beforeAll(async () => {
      opened = await subject.open();
      ({ store, bucket } = opened);
    });

    afterAll(() => opened.close?.());

    const put = (key: string, body: string | Uint8Array) => store.put(bucket, key, Buffer.from(body));
    const read = async (key: string, range?: ReadRange) => collect(store.read(bucket, key, range));
    const text = async (key: string) => (await read(key)).toString();
    const keys = async (prefix: string, after?: string) =>
      (await listAll(store, bucket, prefix, after)).map(({ key }) => key);

    describe("objects", () => {
      it("gives back what was put", async () => {
        const key = `${fresh()}a.txt`;
        const before = Date.now();

        await put(key, "hello");

        const info = await store.head(bucket, key);
        expect(await text(key)).toBe("hello");
        expect(info).toMatchObject({ key, size: 5 });
        expect(info!.etag).not.toBe("");
        expect(Math.abs(info!.modifiedAt - before)).toBeLessThan(60_000);
      });

      it("holds empty objects", async () => {
        const key = `${fresh()}empty`;

        await put(key, "");

        expect(await text(key)).toBe("");
        expect(await store.head(bucket, key)).toMatchObject({ size: 0 });
      });

      it("replaces an object as a whole, and says so in its etag", async () => {
        const key = `${fresh()}a`;
        await put(key, "a long first text");
        const first = await store.head(bucket, key);

        await put(key, "second");

        expect(await text(key)).toBe("second");
        expect((await store.head(bucket, key))!.etag).not.toBe(first!.etag);
      });

      it("answers undefined for an object that is not there", async () => {
        expect(await store.head(bucket, `${fresh()}nothing`)).toBeUndefined();
      });

      it("fails with NoSuchObject when reading one that is not there", async () => {
        expect(await failure(read(`${fresh()}nothing`))).toBe("NoSuchObject");
      });

      it("fails with NoSuchBucket where there is no bucket", async () => {
        const missing = "no-such-bucket-here";

        expect(await failure(collect(store.read(missing, "a")))).toBe("NoSuchBucket");
        expect(await failure(listAll(store, missing, ""))).toBe("NoSuchBucket");
        expect(await failure(store.put(missing, "a", Buffer.from("a")))).toBe("NoSuchBucket");
        expect(await failure(store.createUpload(missing, "a"))).toBe("NoSuchBucket");
      });

      it("deletes, and deleting what is not there is no error", async () => {
        const key = `${fresh()}a/b/c`;
        await put(key, "x");

        await store.delete(bucket, key);
        await store.delete(bucket, key);

        expect(await store.head(bucket, key)).toBeUndefined();
        expect(await keys(key)).toEqual([]);
      });

      it("copies a body that it was given", async () => {
        const key = `${fresh()}a`;
        const body = Buffer.from("before");

        await store.put(bucket, key, body);
        body.fill("!");

        expect(await text(key)).toBe("before");
      });

      it("shows a change to other users of the bucket at once", async () => {
        const key = `${fresh()}a`;

        await put(key, "1");

        expect((await collect(opened.other.read(bucket, key))).toString()).toBe("1");
      });
    });

    describe("ifAbsent", () => {
      it("creates an object, and does not replace one", async () => {
        const key = `${fresh()}a`;

        await store.put(bucket, key, Buffer.from("first"), { ifAbsent: true });

        expect(await failure(store.put(bucket, key, Buffer.from("second"), { ifAbsent: true }))).toBe("Exists");
        expect(await text(key)).toBe("first");
      });

      it("lets one of twenty win", async () => {
        const key = `${fresh()}race`;
        const bodies = Array.from({ length: 20 }, (_, i) => `writer ${i}`);

        const results = await Promise.all(
          bodies.map((body) => failure(store.put(bucket, key, Buffer.from(body), { ifAbsent: true }))),
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

      it.each([{ from: -1 }, { from: 1.5 }, { from: 5, to: 4 }, { from: Number.NaN }, { to: -1 }])(
        "fails with Invalid for %o",
        async (range) => {
          expect(await failure(read(key, range))).toBe("Invalid");
        },
      );

      it("gives chunks that are the reader's to keep", async () => {
        const chunks: Uint8Array[] = [];
        for await (const chunk of store.read(bucket, key)) chunks.push(Buffer.from(chunk));

        expect(Buffer.concat(chunks).equals(large)).toBe(true);
      });

      it("can be left early, any number of times", async () => {
        for (let i = 0; i < 120; i++) {
          for await (const chunk of store.read(bucket, key)) {
            expect(chunk.length).toBeGreaterThan(0);
            break;
          }
        }
      });

      it("reads the object that it was asked for, and fails with Changed when it is another one", async () => {
        const changing = `${fresh()}a`;
        await put(changing, "first");
        const { etag } = (await store.head(bucket, changing))!;
        expect((await read(changing, { ifMatch: etag, from: 1 })).toString()).toBe("irst");

        await put(changing, "other");

        expect(await failure(read(changing, { ifMatch: etag }))).toBe("Changed");
      });

      it("fails with NoSuchObject when the object that it was asked for is gone", async () => {
        const gone = `${fresh()}a`;
        await put(gone, "first");
        const { etag } = (await store.head(bucket, gone))!;
        await store.delete(bucket, gone);

        expect(await failure(read(gone, { ifMatch: etag }))).toBe("NoSuchObject");
      });
    });

    describe("list", () => {
      it("orders keys by their bytes, also beyond the basic plane", async () => {
        const at = fresh();
        const names = ["a", "a.b", "a/b", "a/c/d", "a0", "B", "z", "é", "\uffee", "\u{1f600}", "\ue000", "~"];
        await Promise.all(names.map((name) => put(at + name, "x")));

        const byBytes = names.map((name) => Buffer.from(at + name)).sort((a, b) => Buffer.compare(a, b));
        expect(await keys(at)).toEqual(byBytes.map(String));
      });

      it("keeps to the prefix, which may end in the middle of a name", async () => {
        const at = fresh();
        for (const name of ["2024/a", "2024-old/a", "2025/a", "2", "x/2024/a"]) await put(at + name, "x");

        expect(await keys(`${at}2024`)).toEqual([`${at}2024-old/a`, `${at}2024/a`]);
        expect(await keys(`${at}2024/`)).toEqual([`${at}2024/a`]);
        expect(await keys(`${at}2024/a`)).toEqual([`${at}2024/a`]);
        expect(await keys(`${at}2024/a/`)).toEqual([]);
        expect(await keys(`${at}nothing/here`)).toEqual([]);
      });

      it("goes on after a key, whether or not it is there", async () => {
        const at = fresh();
        for (const name of ["a", "b/1", "b/2", "c"]) await put(at + name, "x");

        expect(await keys(at, `${at}a`)).toEqual([`${at}b/1`, `${at}b/2`, `${at}c`]);
        expect(await keys(at, `${at}b`)).toEqual([`${at}b/1`, `${at}b/2`, `${at}c`]);
        expect(await keys(at, `${at}b/1x`)).toEqual([`${at}b/2`, `${at}c`]);
        expect(await keys(at, `${at}b0`)).toEqual([`${at}c`]);
        expect(await keys(at, `${at}c`)).toEqual([]);
        expect(await keys(`${at}b/`, at)).toEqual([`${at}b/1`, `${at}b/2`]);
        expect(await keys(at, "zzz")).toEqual([]);
      });

      it("says of each object what head says", async () => {
        const at = fresh();
        await put(`${at}a`, "one");
        await put(`${at}b/c`, "three");

        const listed = await listAll(store, bucket, at);

        const heads = await Promise.all(listed.map(({ key }) => store.head(bucket, key)));
        expect(listed.map(({ etag, size, key }) => ({ etag, size, key }))).toEqual(
          heads.map((info) => ({ etag: info!.etag, size: info!.size, key: info!.key })),
        );
      });

      it("lists more than a thousand objects", async () => {
        const at = fresh();
        const names = Array.from({ length: 1100 }, (_, i) => `${at}${String(i).padStart(5, "0")}`);
        await inGroups(names, 50, (key) => put(key, "x"));

        expect(await keys(at)).toEqual(names);
        expect(await keys(at, names[1050])).toEqual(names.slice(1051));
      });

      it("can be left early", async () => {
        const at = fresh();
        await put(`${at}a`, "x");
        await put(`${at}b`, "x");

        for await (const { key } of store.list(bucket, at)) {
          expect(key).toBe(`${at}a`);
          break;
        }
      });

      it("agrees with a sorted map through random histories", async () => {
        await fc.assert(
          fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
            const at = fresh();
            const model = new Map<string, string>();
            for (const { action, key, body } of steps) {
              if (action === "delete") {
                await store.delete(bucket, at + key);
                model.delete(at + key);
              } else if (action === "create") {
                const failed = await failure(store.put(bucket, at + key, Buffer.from(body), { ifAbsent: true }));
                expect(failed).toBe(model.has(at + key) ? "Exists" : "no failure");
                if (failed === "no failure") model.set(at + key, body);
              } else {
                await put(at + key, body);
                model.set(at + key, body);
              }
              expect(await keys(at)).toEqual([...model.keys()].sort(compareKeys));
            }
            for (const [key, body] of model) expect(await text(key)).toBe(body);
            for (const after of model.keys()) {
              const rest = [...model.keys()].filter((key) => compareKeys(key, after) > 0).sort(compareKeys);
              expect(await keys(at, after)).toEqual(rest);
            }
          }),
          { numRuns: subject.histories },
        );
      });
    });

    describe("keys", () => {
      const possible = HOSTILE_KEYS.filter((key) => !waived(key));

      for (const hostile of HOSTILE_KEYS) {
        it(`holds ${describeKey(hostile)}`, { fails: waived(hostile) }, async () => {
          const key = fresh() + hostile;

          await put(key, "hostile");

          expect(await text(key)).toBe("hostile");
          expect(await store.head(bucket, key)).toMatchObject({ key, size: 7 });
          expect(await keys(key)).toEqual([key]);
          await store.delete(bucket, key);
          expect(await store.head(bucket, key)).toBeUndefined();
        });
      }

      it("holds hostile keys side by side", async () => {
        const at = fresh();
        await Promise.all(possible.map((key) => put(at + key, `body of ${key}`)));

        const listed = await keys(at);
        expect(listed).toEqual(possible.map((key) => at + key).sort(compareKeys));
        for (const key of listed) expect(await text(key)).toBe(`body of ${key.slice(at.length)}`);
      });

      it("holds an object where others have a folder", async () => {
        const at = fresh();
        await put(`${at}a`, "object");
        await put(`${at}a/b`, "below");
        await put(`${at}c/d`, "below");
        await put(`${at}c`, "object");

        expect(await keys(at)).toEqual([`${at}a`, `${at}a/b`, `${at}c`, `${at}c/d`]);
        expect([await text(`${at}a`), await text(`${at}c`)]).toEqual(["object", "object"]);
        expect(await failure(store.put(bucket, `${at}a`, Buffer.from("x"), { ifAbsent: true }))).toBe("Exists");
        await store.delete(bucket, `${at}a/b`);
        await put(`${at}a`, "replaced");
        expect(await text(`${at}a`)).toBe("replaced");
        expect(await keys(`${at}a`)).toEqual([`${at}a`]);
      });

      it.each([
        ["no character", ""],
        ["1025 bytes", "é".repeat(512) + "x"],
        ["a lone surrogate", "a\ud800b"],
      ])("refuses a key of %s", async (_, key) => {
        expect(await failure(put(key, "x"))).toBe("Invalid");
        expect(await failure(store.createUpload(bucket, key))).toBe("Invalid");
      });

      it("holds a key of 1024 bytes", async () => {
        const key = fresh().padEnd(1024, "x");

        await put(key, "long");

        expect(await text(key)).toBe("long");
        expect(await keys(key)).toEqual([key]);
      });
    });

    describe("uploads", () => {
      const full = pattern(MIN_PART_BYTES);
      const options = { contentType: "text/csv", metadata: { run: "1" } };

      it("shows an object only when it is completed, and then whole", async () => {
        const key = `${fresh()}a/b.csv`;
        const upload = await store.createUpload(bucket, key, options);
        const first = await store.uploadPart(upload, 1, full);
        const second = await store.uploadPart(upload, 2, Buffer.from("the end"));
        expect(await store.head(bucket, key)).toBeUndefined();
        expect(await keys(key)).toEqual([]);
        expect([first.size, second.size]).toEqual([full.length, 7]);

        await store.completeUpload(upload, [first, second]);

        expect((await read(key)).equals(Buffer.concat([full, Buffer.from("the end")]))).toBe(true);
        const info = (await store.head(bucket, key))!;
        expect(info.size).toBe(full.length + 7);
        expect((await read(key, { ifMatch: info.etag, from: full.length })).toString()).toBe("the end");
      });

      it("makes an object of one small part, or of an empty one", async () => {
        const at = fresh();
        for (const body of ["small", ""]) {
          const upload = await store.createUpload(bucket, at + body.length);
          const part = await store.uploadPart(upload, 1, Buffer.from(body));
          await store.completeUpload(upload, [part]);

          expect(await text(at + body.length)).toBe(body);
        }
      });

      it("takes parts in any order and at the same time, and puts them together by number", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);

        const parts = await Promise.all(
          [4, 10_000, 2, 3].map((number) =>
            store.uploadPart(
              upload,
              number,
              full.map((byte) => byte ^ (number & 255)),
            ),
          ),
        );
        parts.sort((a, b) => a.number - b.number);
        await store.completeUpload(upload, parts);

        const body = await read(key);
        for (const [index, number] of [2, 3, 4, 10_000].entries()) {
          const expected = full.map((byte) => byte ^ (number & 255));
          expect(body.subarray(index * full.length, (index + 1) * full.length).equals(expected)).toBe(true);
        }
      });

      it("uses the last upload of a part", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        await store.uploadPart(upload, 1, Buffer.from("first"));
        const again = await store.uploadPart(upload, 1, Buffer.from("second"));

        await store.completeUpload(upload, [again]);

        expect(await text(key)).toBe("second");
      });

      it("copies a part that it was given", async () => {
        const key = `${fresh()}a`;
        const body = Buffer.from("before");
        const upload = await store.createUpload(bucket, key);

        const part = await store.uploadPart(upload, 1, body);
        body.fill("!");
        await store.completeUpload(upload, [part]);

        expect(await text(key)).toBe("before");
      });

      it("replaces an object that has the key", async () => {
        const key = `${fresh()}a`;
        await put(key, "old");
        const upload = await store.createUpload(bucket, key);
        const part = await store.uploadPart(upload, 1, Buffer.from("new"));
        expect(await text(key)).toBe("old");

        await store.completeUpload(upload, [part]);

        expect(await text(key)).toBe("new");
      });

      it("can be continued and completed by another process", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const parts = [await store.uploadPart(upload, 1, full)];
        const handedOver = JSON.parse(JSON.stringify({ upload, parts })) as { upload: Upload; parts: typeof parts };

        const last = await opened.other.uploadPart(handedOver.upload, 2, Buffer.from("end"));
        await opened.other.completeUpload(handedOver.upload, [...handedOver.parts, last]);

        expect((await store.head(bucket, key))!.size).toBe(full.length + 3);
      });

      it("can be handed back and forth, and completed by whoever does not know the last parts", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const bodies = [1, 2, 3, 4, 5].map((number) => full.map((byte) => byte ^ number));
        const writers = [store, opened.other, opened.other, store, opened.other];

        const parts = [];
        for (const [i, writer] of writers.entries()) parts.push(await writer.uploadPart(upload, i + 1, bodies[i]!));
        await store.completeUpload(upload, parts);

        expect((await read(key)).equals(Buffer.concat(bodies))).toBe(true);
      });

      it("goes on from fewer parts than it has, when those after them were lost track of", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const first = await store.uploadPart(upload, 1, full);
        await opened.other.uploadPart(upload, 2, full);
        await opened.other.uploadPart(upload, 3, full);

        const second = await store.uploadPart(upload, 2, Buffer.from("the end"));
        await opened.other.completeUpload(upload, [first, second]);

        expect((await read(key)).equals(Buffer.concat([full, Buffer.from("the end")]))).toBe(true);
      });

      it("keeps its parts when somebody tries to complete it with others", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const first = await store.uploadPart(upload, 1, full);
        expect(await failure(opened.other.completeUpload(upload, [{ ...first, etag: '"another"' }]))).toBe("Invalid");
        const second = await store.uploadPart(upload, 2, full);

        expect(await failure(opened.other.completeUpload(upload, [first, { ...second, number: 7 }]))).toBe("Invalid");
        await opened.other.completeUpload(upload, [first, second]);

        expect((await read(key)).equals(Buffer.concat([full, full]))).toBe(true);
      });

      it("may be completed again, by anybody, with the same parts", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const parts = [await store.uploadPart(upload, 1, full), await store.uploadPart(upload, 2, Buffer.from("x"))];

        await store.completeUpload(upload, parts);
        const { etag } = (await store.head(bucket, key))!;
        await store.completeUpload(upload, parts);
        await opened.other.completeUpload(upload, parts);

        expect((await store.head(bucket, key))!.etag).toBe(etag);
      });

      it("may be completed by several at the same time", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const parts = [await store.uploadPart(upload, 1, full), await store.uploadPart(upload, 2, Buffer.from("x"))];

        const results = await Promise.all(
          [store, opened.other, store, opened.other].map((one) => failure(one.completeUpload(upload, parts))),
        );

        expect(new Set(results)).toEqual(new Set(["no failure"]));
        expect((await store.head(bucket, key))!.size).toBe(full.length + 1);
      });

      it("is not completed with a small part before the last, and leaves what is there", async () => {
        const key = `${fresh()}a`;
        await put(key, "old");
        const upload = await store.createUpload(bucket, key);
        const parts = [
          await store.uploadPart(upload, 1, full.subarray(1)),
          await store.uploadPart(upload, 2, Buffer.from("x")),
        ];

        expect(await failure(store.completeUpload(upload, parts))).toBe("Invalid");
        expect(await text(key)).toBe("old");
      });

      it("is not completed with parts that it does not have, in the wrong order, or without parts", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const first = await store.uploadPart(upload, 1, full);
        const second = await store.uploadPart(upload, 2, full);
        const wrong = { ...second, etag: '"00000000000000000000000000000000"' };

        expect(await failure(store.completeUpload(upload, [first, wrong]))).toBe("Invalid");
        expect(await failure(store.completeUpload(upload, [first, { ...second, number: 3 }]))).toBe("Invalid");
        expect(await failure(store.completeUpload(upload, [second, first]))).toBe("Invalid");
        expect(await failure(store.completeUpload(upload, [first, first]))).toBe("Invalid");
        expect(await failure(store.completeUpload(upload, []))).toBe("Invalid");
        expect(await store.head(bucket, key)).toBeUndefined();

        await store.completeUpload(upload, [first, second]);
        expect((await store.head(bucket, key))!.size).toBe(2 * full.length);
      });

      it.each([0, -1, 10_001, 1.5])("has no part number %d", async (number) => {
        const upload = await store.createUpload(bucket, `${fresh()}a`);

        expect(await failure(store.uploadPart(upload, number, Buffer.from("x")))).toBe("Invalid");
      });

      it("can be aborted, and aborted again", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const part = await store.uploadPart(upload, 1, Buffer.from("x"));

        await store.abortUpload(upload);
        await store.abortUpload(upload);
        await opened.other.abortUpload(upload);

        expect(await failure(store.completeUpload(upload, [part]))).not.toBe("no failure");
        expect(await store.head(bucket, key)).toBeUndefined();
      });

      const gone = "fails with NoSuchUpload when it was aborted";
      it(gone, { fails: waived(gone) }, async () => {
        const upload = await store.createUpload(bucket, `${fresh()}a`);
        const part = await store.uploadPart(upload, 1, Buffer.from("x"));
        await store.abortUpload(upload);

        expect(await failure(store.uploadPart(upload, 2, Buffer.from("y")))).toBe("NoSuchUpload");
        expect(await failure(store.completeUpload(upload, [part]))).toBe("NoSuchUpload");
      });

      it("leaves the object when it is aborted after it was completed", async () => {
        const key = `${fresh()}a`;
        const upload = await store.createUpload(bucket, key);
        const part = await store.uploadPart(upload, 1, Buffer.from("x"));
        await store.completeUpload(upload, [part]);

        await store.abortUpload(upload);

        expect(await text(key)).toBe("x");
        await store.completeUpload(upload, [part]);
      });

      const own = "belongs to its key";
      it(own, { fails: waived(own) }, async () => {
        const at = fresh();
        const upload = await store.createUpload(bucket, `${at}a`);
        const part = await store.uploadPart(upload, 1, Buffer.from("x"));

        expect(await failure(store.completeUpload({ ...upload, key: `${at}b` }, [part]))).toBe("NoSuchUpload");
        expect(await keys(at)).toEqual([]);
      });

      it.each(["nonsense", "", "../..", "a/b", "\u0000"])("does not know an upload called %j", async (uploadId) => {
        const unknown = { bucket, key: `${fresh()}a`, uploadId };

        expect(await failure(store.uploadPart(unknown, 1, Buffer.from("x")))).toBe("NoSuchUpload");
        expect(await failure(store.abortUpload(unknown))).toBe("no failure");
      });

      it(`holds ${subject.openUploads} open uploads, each of them invisible`, async () => {
        const at = fresh();
        const names = Array.from({ length: subject.openUploads }, (_, i) => `${at}${i}`);
        const uploads: Upload[] = [];

        await inGroups(names, 100, async (key) => void uploads.push(await store.createUpload(bucket, key)));

        const some = uploads.filter((_, i) => i % 50 === 0);
        const parts = await Promise.all(some.map(({ key }, i) => store.uploadPart(some[i]!, 1, Buffer.from(key))));
        expect(new Set(uploads.map(({ uploadId }) => uploadId)).size).toBe(subject.openUploads);
        expect(await keys(at)).toEqual([]);
        await Promise.all(some.map((upload, i) => store.completeUpload(upload, [parts[i]!])));
        expect(await keys(at)).toEqual(some.map(({ key }) => key).sort(compareKeys));
      });
    });
  });
}

/** Keys that are names of something else somewhere: to a file system, to HTTP, to XML, to a URL, to us. */
const HOSTILE_KEYS: readonly string[] = [
  "..",
  ".",
  "../..",
  "../../../../etc/passwd",
  "a/../b",
  "a/./b",
  "a/.",
  "a/",
  "a//b",
  "/",
  "//",
  "/a",
  "a/b/",
  " ",
  " a ",
  "a b+c",
  "a%2Fb",
  "a%",
  "100%25",
  "x=1&y=2?z#w",
  "<key>&amp;</key>",
  'quote"quote',
  "it's",
  "back\\slash\\..\\up",
  "C:\\x",
  "c:x",
  "CON",
  "nul.txt",
  "dot.",
  "tab\tnewline\nreturn\r",
  "bell\u0007",
  "nul\u0000nul",
  "del\u007f",
  "é",
  "e\u0301",
  "日本語/ファイル",
  "\u{1f600}/\u{10ffff}",
  "\u202eright-to-left",
  "\ufeffbom",
  "__proto__",
  "constructor/prototype",
  "~",
  "$HOME",
  "*?",
  ".millrace-uploads",
  ".millrace-uploads/x",
  ".~",
  ".~a",
  ".~%2E",
  ".~+a/.~b",
  ".~=a",
  "x".repeat(255),
  "x".repeat(256),
  `${"x".repeat(256)}/y`,
  "é".repeat(300),
  `${"z".repeat(400)}a`,
  `${"z".repeat(400)}b`,
  `${"z".repeat(400)}/b`,
  "\u{1f600}".repeat(200),
  "/".repeat(900),
  `${"../".repeat(300)}x`,
];

const segment = fc.constantFrom("", ".", "..", "a", "b", "a.b", "A", "é", "\u{1f600}", "\uffee", "n".repeat(300));
const step = fc.record({
  action: fc.constantFrom("put", "create", "delete"),
  key: fc
    .array(segment, { minLength: 1, maxLength: 3 })
    .map((segments) => segments.join("/"))
    .filter((key) => key !== ""),
  body: fc.string({ maxLength: 5 }),
});

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = [];
  for await (const chunk of chunks) all.push(Buffer.from(chunk));
  return Buffer.concat(all);
}

async function listAll(store: ObjectStore, bucket: string, prefix: string, after?: string): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = [];
  for await (const info of store.list(bucket, prefix, after)) all.push(info);
  return all;
}

/** The code with which it fails; whoever fails otherwise breaks the contract. */
async function failure(operation: Promise<unknown>): Promise<string> {
  try {
    await operation;
    return "no failure";
  } catch (error) {
    if (error instanceof ObjectStoreError) return error.code;
    throw error;
  }
}

async function inGroups<T>(values: readonly T[], size: number, run: (value: T) => Promise<void>): Promise<void> {
  for (let at = 0; at < values.length; at += size) await Promise.all(values.slice(at, at + size).map(run));
}

function pattern(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i++) bytes[i] = (i * 31 + (i >> 8)) & 255;
  return bytes;
}

function describeKey(key: string): string {
  return JSON.stringify(key.length > 40 ? `${key.slice(0, 20)}… (${key.length})` : key);
}
