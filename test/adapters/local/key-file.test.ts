import { chmod, mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openKeyFile } from "../../../src/adapters/local/key-file.ts";

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-"));
});

afterAll(() => rm(folder, { recursive: true }));

describe("openKeyFile", () => {
  it("makes one key, however many ask at the same time", async () => {
    const path = join(folder, "keys", "key");

    const keys = await Promise.all(Array.from({ length: 10 }, () => openKeyFile(path)));

    expect(new Set(keys.map((bytes) => Buffer.from(bytes).toString("hex"))).size).toBe(1);
    expect(keys[0]).toHaveLength(32);
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect(await readdir(join(folder, "keys"))).toEqual(["key"]);
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
