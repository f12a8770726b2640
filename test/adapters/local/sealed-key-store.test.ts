import { randomBytes } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sealedFile } from "../../../src/adapters/local/sealed-file.ts";
import { createSealedKeyStore, type SealedKeyStore } from "../../../src/adapters/local/sealed-key-store.ts";

let folder: string;
let store: SealedKeyStore;
/** The same keys, as another process sees them. */
let other: SealedKeyStore;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-"));
  const key = randomBytes(32);
  [store, other] = [1, 2].map(() => createSealedKeyStore(sealedFile(join(folder, "keys"), key))) as [
    SealedKeyStore,
    SealedKeyStore,
  ];
});

afterEach(() => rm(folder, { recursive: true }));

describe("createSealedKeyStore", () => {
  it("finds the keys that it issued, with their secrets", async () => {
    const first = await store.issue("ops", "full");
    const second = await store.issue("viewer", "read-only");

    const found = await other.find(second.id);

    expect(found).toMatchObject({ id: second.id, user: "viewer", access: "read-only" });
    expect(found!.secret.reveal()).toBe(second.secret.reveal());
    expect((await other.list()).map(({ id }) => id)).toEqual([first.id, second.id]);
    expect(await other.find("MLRCUNKNOWN")).toBeUndefined();
  });

  it("makes keys that look like AWS's, no two alike", async () => {
    const keys = [await store.issue("a", "full"), await store.issue("a", "full")];

    for (const { id, secret } of keys) {
      expect(id).toMatch(/^[A-Z2-7]{20}$/);
      expect(secret.reveal()).toMatch(/^[A-Za-z0-9+/]{40}$/);
    }
    expect(keys[0]!.id).not.toBe(keys[1]!.id);
    expect(keys[0]!.secret.reveal()).not.toBe(keys[1]!.secret.reveal());
  });

  it("writes no secret in the open, and prints none", async () => {
    const key = await store.issue("ops", "full");

    const file = await readFile(join(folder, "keys"), "latin1");

    expect(file).not.toContain(key.secret.reveal());
    expect(file).not.toContain(key.id);
    expect(`${JSON.stringify(key)} ${String(key.secret)}`).not.toContain(key.secret.reveal());
  });

  it("no longer finds a withdrawn key", async () => {
    const key = await store.issue("ops", "full");

    const withdrawn = [await other.withdraw(key.id), await other.withdraw(key.id)];

    expect(withdrawn).toEqual([true, false]);
    expect(await store.find(key.id)).toBeUndefined();
  });

  it("keeps when a key expires", async () => {
    const key = await store.issue("ops", "full");

    const expired = [await other.expire(key.id, 12_345), await other.expire("MLRCUNKNOWN", 1)];

    expect(expired).toEqual([true, false]);
    expect(await store.find(key.id)).toMatchObject({ id: key.id, expiresAt: 12_345 });
  });
});
