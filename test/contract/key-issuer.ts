import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { KeyIssuer, NewKey } from "../../src/api/key-issuer.ts";

const OPS: NewKey = { user: "ops", access: "full", createdAt: 1_000 };
const VIEWER: NewKey = { user: "viewer", access: "read-only", createdAt: 2_000, expiresAt: 12_345 };

const policyFor = (Action: string) => ({
  Version: "2012-10-17",
  Statement: [{ Effect: "Allow", Action, Resource: "*" }],
});

export interface KeysUnderTest {
  readonly store: KeyIssuer;
  /** The same keys, as another process sees them. */
  readonly other: KeyIssuer;
  /** The same keys, as whoever has another key sees them. */
  readonly stranger: KeyIssuer;
  /** Every byte that is kept, as Latin-1. */
  readonly bytes: () => Promise<string>;
  /** Puts what is kept of one key in the place of another. */
  readonly swap: (from: string, to: string) => Promise<void>;
  close(): Promise<void>;
}

/** Everything that a `KeyIssuer` promises, of keys that are sealed. */
export function keyIssuerContract(name: string, open: () => Promise<KeysUnderTest>): void {
  let opened: KeysUnderTest;
  let store: KeyIssuer;
  let other: KeyIssuer;

  beforeEach(async () => {
    opened = await open();
    ({ store, other } = opened);
  });

  afterEach(() => opened.close());

  describe(`key issuer: ${name}`, () => {
    it("finds the keys that it issued, with their secrets", async () => {
      const first = await store.issue(OPS);
      const second = await store.issue(VIEWER);

      const found = await other.find(second.id);

      expect(found).toMatchObject({ id: second.id, ...VIEWER });
      expect(found!.secret.reveal()).toBe(second.secret.reveal());
      expect((await other.list()).map(({ id, disabled }) => [id, disabled])).toEqual([
        [first.id, false],
        [second.id, false],
      ]);
      expect(await other.find("MLRCUNKNOWN")).toBeUndefined();
    });

    it("makes keys that look like AWS's, no two alike", async () => {
      const keys = [await store.issue(OPS), await store.issue(OPS)];

      for (const { id, secret } of keys) {
        expect(id).toMatch(/^[A-Z2-7]{20}$/);
        expect(secret.reveal()).toMatch(/^[A-Za-z0-9+/]{40}$/);
      }
      expect(keys[0]!.id).not.toBe(keys[1]!.id);
      expect(keys[0]!.secret.reveal()).not.toBe(keys[1]!.secret.reveal());
    });

    it("loses none of the changes that several processes make to one key", async () => {
      const { id } = await store.issue(OPS);

      await Promise.all([
        store.setDisabled(id, true),
        other.setPolicy(id, policyFor("appflow:StopFlow")),
        store.setPolicy(id, policyFor("appflow:StopFlow")),
      ]);

      expect(await other.list()).toMatchObject([{ id, disabled: true, policyDocument: policyFor("appflow:StopFlow") }]);
    });

    it("loses none of the keys that several processes issue", async () => {
      const issued = await Promise.all(Array.from({ length: 20 }, (_, n) => [store, other][n % 2]!.issue(OPS)));

      expect((await store.list()).map(({ id }) => id).toSorted()).toEqual(issued.map(({ id }) => id).toSorted());
    });

    it("writes no secret and no right in the open, and prints no secret", async () => {
      const issued = await store.issue(VIEWER);
      await store.setDisabled(issued.id, true);

      const bytes = await opened.bytes();

      expect(bytes).toContain(issued.id);
      for (const hidden of [issued.secret.reveal(), "read-only", "disabled"]) expect(bytes).not.toContain(hidden);
      expect(`${JSON.stringify(issued)} ${String(issued.secret)}`).not.toContain(issued.secret.reveal());
    });

    it("finds no disabled key, until it is enabled again", async () => {
      const { id } = await store.issue(OPS);

      const disabled = [await other.setDisabled(id, true), await other.setDisabled("MLRCUNKNOWN", true)];
      const meanwhile = [await store.find(id), (await store.list())[0]?.disabled];
      const enabled = await other.setDisabled(id, false);

      expect(disabled).toEqual([true, false]);
      expect(meanwhile).toEqual([undefined, true]);
      expect(enabled).toBe(true);
      expect(await store.find(id)).toMatchObject({ id, ...OPS });
    });

    it("keeps a key's policy as it was given, and changes it", async () => {
      const { id } = await store.issue({ ...OPS, policyDocument: policyFor("appflow:StartFlow") });
      const first = await other.find(id);

      const changed = [await other.setPolicy(id, policyFor("appflow:StopFlow")), await other.setPolicy("MLRCX", {})];
      const second = await store.find(id);

      expect(first!.policy!.statements[0]!.actions.patterns).toEqual([[{ text: "appflow:StartFlow" }]]);
      expect(changed).toEqual([true, false]);
      expect(second!.policy!.statements[0]!.actions.patterns).toEqual([[{ text: "appflow:StopFlow" }]]);
      expect((await store.list())[0]!.policyDocument).toEqual(policyFor("appflow:StopFlow"));
    });

    it("lets a policy that is not understood allow nothing", async () => {
      const { id } = await store.issue({ ...OPS, policyDocument: { Version: "2040-01-01", Statement: [] } });

      expect((await store.find(id))!.policy).toEqual({ statements: [] });
    });

    it("forgets a deleted key, and no other", async () => {
      const [gone, kept] = [await store.issue(OPS), await store.issue(OPS)];

      const deleted = [
        await other.delete(gone.id),
        await other.delete(gone.id),
        await other.setDisabled(gone.id, false),
      ];

      expect(deleted).toEqual([true, false, false]);
      expect(await store.find(gone.id)).toBeUndefined();
      expect((await store.list()).map(({ id }) => id)).toEqual([kept.id]);
    });

    it("opens no key with another engine's key, and none that was put in the place of another", async () => {
      const [mine, yours] = [await store.issue(OPS), await store.issue(VIEWER)];
      await opened.swap(mine.id, yours.id);

      await expect(store.find(yours.id)).rejects.toThrow(`The access key ${yours.id} cannot be opened: it was changed`);
      await expect(opened.stranger.find(mine.id)).rejects.toThrow(/another key/);
    });
  });
}
