import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, readdir, readFile, rename, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openKeyFile, sealedFile } from "../../../src/adapters/local/sealed-file.ts";

const key = randomBytes(32);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-"));
});

afterAll(() => rm(folder, { recursive: true }));

describe("sealedFile", () => {
  it("gives back what was written last", async () => {
    const file = sealedFile(join(folder, "new", "secrets"), key);

    await file.write(Buffer.from("first"));
    await file.write(Buffer.from("second"));

    expect(Buffer.from((await file.read())!).toString()).toBe("second");
    expect(await readdir(join(folder, "new"))).toEqual(["secrets"]);
  });

  it("reads nothing where there is no file", async () => {
    expect(await sealedFile(join(folder, "absent"), key).read()).toBeUndefined();
  });

  it("shows nothing of its content", async () => {
    const path = join(folder, "hidden");
    await sealedFile(path, key).write(Buffer.from("canary-secret"));

    const bytes = await readFile(path);

    expect(bytes.includes("canary")).toBe(false);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("notices any change of any byte", async () => {
    const path = join(folder, "changed");
    const file = sealedFile(path, key);
    await file.write(Buffer.from("twelve bytes"));
    const sealed = await readFile(path);

    await fc.assert(
      fc.asyncProperty(fc.nat(sealed.length - 1), fc.integer({ min: 1, max: 255 }), async (at, change) => {
        const changed = Buffer.from(sealed);
        changed[at]! ^= change;
        await writeFile(path, changed);
        await expect(file.read()).rejects.toThrow(/was changed, or sealed with another key/);
      }),
      { numRuns: 50 },
    );
  });

  it.each([0, 1, 12, 27])("does not take the first %i bytes of a file for a file", async (length) => {
    const path = join(folder, `cut-${length}`);
    const file = sealedFile(path, key);
    await file.write(Buffer.from("content"));
    await writeFile(path, (await readFile(path)).subarray(0, length));

    await expect(file.read()).rejects.toThrow(/cannot be opened/);
  });

  it("does not open with another key, nor under another name", async () => {
    const path = join(folder, "mine");
    await sealedFile(path, key).write(Buffer.from("content"));

    await expect(sealedFile(path, randomBytes(32)).read()).rejects.toThrow(/another key/);
    await rename(path, join(folder, "yours"));
    await expect(sealedFile(join(folder, "yours"), key).read()).rejects.toThrow(/was changed/);
  });
});

describe("openKeyFile", () => {
  it("makes one key, however many ask at the same time", async () => {
    const path = join(folder, "keys", "key");

    const keys = await Promise.all(Array.from({ length: 10 }, () => openKeyFile(path)));

    expect(new Set(keys.map((bytes) => Buffer.from(bytes).toString("hex"))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
  });

  it("refuses a key that others may read", async () => {
    const path = join(folder, "open-key");
    await openKeyFile(path);
    await chmod(path, 0o644);

    await expect(openKeyFile(path)).rejects.toThrow(/chmod 600/);
  });

  it("refuses a file of another length", async () => {
    const path = join(folder, "short-key");
    await writeFile(path, "short", { mode: 0o600 });

    await expect(openKeyFile(path)).rejects.toThrow(/must hold 32 bytes/);
  });
});
