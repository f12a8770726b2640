import { existsSync, readdirSync } from "node:fs";
import {
  appendFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  realpath,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { FolderObjectStore } from "../../../src/adapters/local/folder-object-store.ts";
import { MIN_PART_BYTES } from "../../../src/sdk/object-store.ts";
import { objectStoreContract } from "../../contract/object-store.ts";

objectStoreContract({
  name: "folder",
  openUploads: 10_000,
  histories: 50,
  async open() {
    const root = await temporaryFolder();
    await mkdir(join(root, "lake"));
    return {
      store: new FolderObjectStore({ root }),
      other: new FolderObjectStore({ root: "/nowhere", buckets: new Map([["lake", join(root, "lake")]]) }),
      bucket: "lake",
      close: () => rm(root, { recursive: true }),
    };
  },
});

describe("FolderObjectStore", () => {
  let root: string;
  let lake: string;
  let outside: string;
  let store: FolderObjectStore;

  beforeAll(async () => {
    root = await temporaryFolder();
    outside = await temporaryFolder();
  });

  afterAll(() => Promise.all([root, outside].map((folder) => rm(folder, { recursive: true }))));

  beforeEach(async () => {
    await Promise.all([root, outside].map(empty));
    lake = join(root, "lake");
    await mkdir(lake);
    store = new FolderObjectStore({ root });
  });

  const put = (key: string, text: string) => store.put("lake", key, Buffer.from(text));

  async function read(key: string, ifMatch?: string): Promise<string> {
    const chunks: Uint8Array[] = [];
    for await (const chunk of store.read("lake", key, ifMatch === undefined ? {} : { ifMatch }))
      chunks.push(Buffer.from(chunk));
    return Buffer.concat(chunks).toString();
  }

  async function keys(prefix = ""): Promise<string[]> {
    const all: string[] = [];
    for await (const { key } of store.list("lake", prefix)) all.push(key);
    return all;
  }

  it("keeps an ordinary object as the file that its key names", async () => {
    await put("orders/day=2026-01-02/267c0ad0-2026-01-02T03:04:05.json", "{}");

    const path = join(lake, "orders/day=2026-01-02/267c0ad0-2026-01-02T03:04:05.json");
    expect(await readFile(path, "utf8")).toBe("{}");
  });

  it("takes files that somebody else put there for objects", async () => {
    await mkdir(join(lake, "in"));
    await writeFile(join(lake, "in/a.csv"), "id\n1\n");
    await writeFile(join(lake, "in/.~lock.a.csv#"), "an editor's");

    expect(await keys()).toEqual(["in/a.csv"]);
    expect(await read("in/a.csv")).toBe("id\n1\n");
  });

  it("notices that somebody else wrote to a file, before and while it is read", async () => {
    await writeFile(join(lake, "a.csv"), Buffer.alloc(2_000_000, "x"));
    const { etag } = (await store.head("lake", "a.csv"))!;

    const reading = (async () => {
      for await (const _ of store.read("lake", "a.csv", { ifMatch: etag })) await appendFile(join(lake, "a.csv"), "y");
    })();

    await expect(reading).rejects.toMatchObject({ code: "Changed" });
    await expect(read("a.csv", etag)).rejects.toMatchObject({ code: "Changed" });
  });

  it("does not list what is not an object yet", async () => {
    await store.createUpload("lake", "a");
    await put("b", "x");

    expect(await keys()).toEqual(["b"]);
    expect(await keys(".millrace")).toEqual([]);
    expect((await readdir(lake)).toSorted()).toEqual([".millrace-uploads", "b"]);
  });

  it("leaves nothing of a completed upload but the object and a note", async () => {
    const upload = await store.createUpload("lake", "a");
    const parts = [
      await store.uploadPart(upload, 1, Buffer.alloc(MIN_PART_BYTES)),
      await store.uploadPart(upload, 2, Buffer.from("x")),
    ];

    await store.completeUpload(upload, parts);

    expect(await readdir(join(lake, ".millrace-uploads", upload.uploadId))).toEqual(["seal.json"]);
  });

  it("sweeps away what a killed process left behind, and nothing that somebody knows of", async () => {
    const upload = await store.createUpload("lake", "open");
    const part = await store.uploadPart(upload, 1, Buffer.from("x"));
    const done = await store.createUpload("lake", "done");
    const parts = [await store.uploadPart(done, 1, Buffer.from("x"))];
    await store.completeUpload(done, parts);
    const staging = join(lake, ".millrace-uploads");
    const begun = join(staging, "b".repeat(48));
    for (const folder of ["aborted-1", "a".repeat(48), "b".repeat(48)]) await mkdir(join(staging, folder));
    for (const file of ["put-1", "aborted-1/joined"]) await writeFile(join(staging, file), "x");
    // Killed while it wrote the key.
    await writeFile(join(begun, "key"), "");

    await store.sweep(60_000);
    expect(await readdir(staging)).toHaveLength(6);
    await store.sweep(0);

    expect((await readdir(staging)).toSorted()).toEqual([upload.uploadId, done.uploadId].toSorted());
    await store.completeUpload(done, parts);
    await store.completeUpload(upload, [part]);
    expect([await read("open"), await read("done")]).toEqual(["x", "x"]);
  });

  it("removes the folders that a deleted object leaves empty, but never the bucket's", async () => {
    await put("a/b/c/d", "x");
    await put("a/e", "x");

    await store.delete("lake", "a/b/c/d");
    expect(await readdir(join(lake, "a"))).toEqual(["e"]);

    await store.delete("lake", "a/e");
    expect(await readdir(lake)).toEqual([".millrace-uploads"]);
  });

  it("keeps all of many objects written and deleted in one folder at the same time", async () => {
    const names = Array.from({ length: 200 }, (_, i) => `x/y/${i}`);

    await Promise.all(
      names.map(async (key, i) => {
        await put(key, key);
        if (i % 2 === 0) await store.delete("lake", key);
      }),
    );

    expect(await keys()).toEqual(names.filter((_, i) => i % 2 === 1).toSorted());
  });

  it("keeps an object that others begin to put keys below of", async () => {
    await put("a", "object");

    const below = Array.from({ length: 50 }, (_, i) => put(`a/${i}`, "x"));
    const created = Array.from({ length: 50 }, () =>
      store.put("lake", "a", Buffer.from("other"), { ifAbsent: true }).catch((error: { code: string }) => error.code),
    );

    expect(new Set(await Promise.all(created))).toEqual(new Set(["Exists"]));
    await Promise.all(below);
    expect(await read("a")).toBe("object");
    expect(await keys()).toHaveLength(51);
  });

  describe("buckets", () => {
    it.each(["..", ".", "", "a/b", "../lake", "/etc", "a\\b", "a\u0000"])("has none called %j", async (bucket) => {
      await expect(store.head(bucket, "a")).rejects.toMatchObject({ code: "NoSuchBucket" });
    });

    it("may be mapped to folders elsewhere, also through links", async () => {
      await symlink(outside, join(root, "link"));
      const mapped = new FolderObjectStore({ root, buckets: new Map([["any name", join(root, "link")]]) });

      await mapped.put("any name", "a", Buffer.from("x"));

      expect(await readdir(outside)).toContain("a");
    });

    it("are never links in the root", async () => {
      await symlink(outside, join(root, "link"));

      await expect(store.put("link", "a", Buffer.from("x"))).rejects.toMatchObject({ code: "NoSuchBucket" });
      expect(await readdir(outside)).toEqual([]);
    });

    it("say which folder is missing", async () => {
      await expect(store.head("missing", "a")).rejects.toThrow(join(root, "missing"));
    });
  });

  describe("symbolic links", () => {
    beforeEach(async () => {
      await writeFile(join(outside, "secret"), "secret");
      await symlink(outside, join(lake, "folder"));
      await symlink(join(outside, "secret"), join(lake, "file"));
    });

    it("are not listed", async () => {
      await put("a", "x");

      expect(await keys()).toEqual(["a"]);
      await expect(keys("folder/")).rejects.toMatchObject({ code: "AccessDenied" });
    });

    it("are not read through", async () => {
      await expect(read("file")).rejects.toMatchObject({ code: "AccessDenied" });
      await expect(read("folder/secret")).rejects.toMatchObject({ code: "AccessDenied" });
      await expect(store.head("lake", "folder/secret")).rejects.toMatchObject({ code: "AccessDenied" });
    });

    it("are not written or deleted through", async () => {
      for (const key of ["file", "folder/secret", "folder/new", "folder/x/y"]) {
        await expect(put(key, "x")).rejects.toMatchObject({ code: "AccessDenied" });
        await expect(store.delete("lake", key).then(() => put(key, "x"))).rejects.toMatchObject({
          code: "AccessDenied",
        });
      }

      expect(await readdir(outside)).toEqual(["secret"]);
      expect(await readFile(join(outside, "secret"), "utf8")).toBe("secret");
    });
  });

  describe("after a crash", () => {
    it("goes on from the seal", async () => {
      const upload = await store.createUpload("lake", "folder/a");
      const part = await store.uploadPart(upload, 1, Buffer.from("body"));
      // The link stands for anything that stops it between the decision and the move.
      await symlink(outside, join(lake, "folder"));
      await expect(store.completeUpload(upload, [part])).rejects.toMatchObject({ code: "AccessDenied" });
      await rm(join(lake, "folder"));

      await store.abortUpload(upload);
      await new FolderObjectStore({ root }).completeUpload(upload, [part]);

      expect(await read("folder/a")).toBe("body");
    });

    it("does not publish an object again that a consumer took away", async () => {
      const upload = await store.createUpload("lake", "a");
      const part = await store.uploadPart(upload, 1, Buffer.from("body"));
      await store.completeUpload(upload, [part]);
      await store.delete("lake", "a");

      await new FolderObjectStore({ root }).completeUpload(upload, [part]);

      expect(await keys()).toEqual([]);
    });

    it("does not take bytes for a part that was never acknowledged", async () => {
      const upload = await store.createUpload("lake", "a");
      const parts = [await store.uploadPart(upload, 1, Buffer.alloc(MIN_PART_BYTES, "x"))];
      const folder = join(lake, ".millrace-uploads", upload.uploadId);
      await appendFile(join(folder, "joined"), "half a pa");
      await appendFile(join(folder, "joined.list"), "2 0123");

      const later = new FolderObjectStore({ root });
      parts.push(await later.uploadPart(upload, 2, Buffer.from("end")));
      await later.completeUpload(upload, parts);

      expect(await read("a")).toBe("x".repeat(MIN_PART_BYTES) + "end");
    });

    it("does not take a part that was cut short for whole", async () => {
      const upload = await store.createUpload("lake", "a");
      const part = await store.uploadPart(upload, 1, Buffer.from("body"));
      await truncate(join(lake, ".millrace-uploads", upload.uploadId, "joined"), 2);

      await expect(store.completeUpload(upload, [part])).rejects.toMatchObject({ code: "Invalid" });
    });
  });

  it("forgets completed uploads after a week, and no others", async () => {
    const [old, recent, open] = await Promise.all(
      ["old", "recent", "open"].map((key) => store.createUpload("lake", key)),
    );
    for (const upload of [old!, recent!]) {
      await store.completeUpload(upload, [await store.uploadPart(upload, 1, Buffer.from("x"))]);
    }
    const staging = join(lake, ".millrace-uploads");
    const eightDaysAgo = new Date(Date.now() - 8 * 24 * 60 * 60 * 1000);
    await utimes(join(staging, old!.uploadId, "seal.json"), eightDaysAgo, eightDaysAgo);

    const later = new FolderObjectStore({ root });
    const upload = await later.createUpload("lake", "later");
    await later.completeUpload(upload, [await later.uploadPart(upload, 1, Buffer.from("x"))]);

    expect((await readdir(staging)).toSorted()).toEqual(
      [recent!, open!, upload].map(({ uploadId }) => uploadId).toSorted(),
    );
  });

  it.skipIf(!existsSync("/proc/self/fd"))("keeps no file open", async () => {
    await put("large", "x".repeat(2_000_000));
    const before = readdirSync("/proc/self/fd").length;

    for (let i = 0; i < 50; i++) {
      const upload = await store.createUpload("lake", `u${i}`);
      await store.uploadPart(upload, 1, Buffer.from("x"));
      for await (const _ of store.read("lake", "large")) break;
      await read("large", "another").catch(() => undefined);
      for await (const _ of store.list("lake", "")) break;
    }

    expect(readdirSync("/proc/self/fd").length).toBe(before);
  });
});

async function temporaryFolder(): Promise<string> {
  return realpath(await mkdtemp(join(tmpdir(), "millrace-folder-")));
}

async function empty(folder: string): Promise<void> {
  for (const name of await readdir(folder)) await rm(join(folder, name), { recursive: true });
}
