import * as fc from "fast-check";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Vault } from "../../src/connection/vault.ts";
import type { JsonObject } from "../../src/sdk/json.ts";
import { TooLargeError } from "../../src/store/too-large-error.ts";

export interface VaultUnderTest {
  readonly vault: Vault;
  /** A second vault over the same credentials, as another process would have it. */
  readonly other: Vault;
  close(): Promise<void>;
}

export interface VaultCase {
  readonly name: string;
  /** What the names of its secrets begin with. */
  readonly prefix: string;
  /** A vault of account 111122223333 in eu-west-1. */
  open(): Promise<VaultUnderTest>;
}

/** Everything that a `Vault` promises. */
export function vaultContract(subject: VaultCase): void {
  describe(`vault: ${subject.name}`, () => {
    let opened: VaultUnderTest;
    let vault: Vault;
    let other: Vault;

    beforeAll(async () => {
      opened = await subject.open();
      ({ vault, other } = opened);
    });

    afterAll(() => opened.close());

    it("gives back the credentials to every reader", async () => {
      const credentials = JSON.parse(
        '{"__proto__":"x","":"y","password":"«ü» \\u0000 \\ud83d\\ude00","nested":{"n":[1.5,null,true]}}',
      ) as JsonObject;

      const arn = await vault.create("crm", credentials);
      const read = await other.read(arn);

      expect(read!.credentials).toEqual(credentials);
      expect(Object.keys(read!.credentials)).toEqual(["__proto__", "", "password", "nested"]);
    });

    it("names them so that people and policies know them", async () => {
      const arn = await vault.create("sales/eu!@#+=.-team_1 ü", {});

      const [place, name] = arn.split(":secret:");
      expect(place).toBe("arn:aws:secretsmanager:eu-west-1:111122223333");
      expect(name!.slice(0, subject.prefix.length)).toBe(subject.prefix);
      expect(name!.slice(subject.prefix.length)).toMatch(/^sales-eu-@-\+=\.-team_1---[0-9a-f]{16}-[0-9A-Za-z]{6}$/);
    });

    it("keeps credentials with one name apart", async () => {
      const name = "x".repeat(256);
      const arns = await Promise.all([1, 2, 3].map((n) => vault.create(name, { n })));

      expect(new Set(arns).size).toBe(3);
      expect((await Promise.all(arns.map((arn) => other.read(arn)))).map((read) => read!.credentials)).toEqual([
        { n: 1 },
        { n: 2 },
        { n: 3 },
      ]);
    });

    it("replaces only the version that it is told to", async () => {
      const arn = await vault.create("crm", { token: 1 });
      const first = (await vault.read(arn))!.version;

      const replaced = await other.replace(arn, { token: 2 }, first);
      const second = (await vault.read(arn))!;
      const stale = await vault.replace(arn, { token: 3 }, first);

      expect([replaced, stale]).toEqual([true, false]);
      expect(second.credentials).toEqual({ token: 2 });
      expect(await other.read(arn)).toEqual(second);
      expect(await vault.replace(arn, { token: 3 }, second.version)).toBe(true);
      expect(await vault.replace(arn, { token: 4 }, second.version)).toBe(false);
    });

    it("lets one of many replacements of a version win", async () => {
      const arn = await vault.create("crm", { token: 0 });
      const { version } = (await vault.read(arn))!;

      const results = await Promise.all(
        Array.from({ length: 12 }, (_, n) => [vault, other][n % 2]!.replace(arn, { token: n + 1 }, version)),
      );

      expect(results.filter(Boolean)).toHaveLength(1);
      expect((await vault.read(arn))!.credentials).toEqual({ token: results.indexOf(true) + 1 });
    });

    it("knows nothing of credentials that are not there", async () => {
      const arn = (await vault.create("crm", {})).replace(/.{6}$/, "zzzzzz");

      await vault.delete(arn);

      expect(await vault.read(arn)).toBeUndefined();
      expect(await vault.replace(arn, { token: 1 }, "1")).toBe(false);
    });

    it("forgets what is deleted, and no others", async () => {
      const [gone, kept] = [await vault.create("crm", { token: 1 }), await vault.create("crm", { token: 2 })];
      const { version } = (await vault.read(gone))!;

      await other.delete(gone);
      await vault.delete(gone);

      expect(await vault.read(gone)).toBeUndefined();
      expect(await vault.replace(gone, { token: 3 }, version)).toBe(false);
      expect((await vault.read(kept))!.credentials).toEqual({ token: 2 });
    });

    it("holds 64 KiB, and says so when it is more", async () => {
      const credentials = (bytes: number) => ({ key: "x".repeat(bytes - 10) });
      const arn = await vault.create("large", credentials(65_536));
      const { version } = (await vault.read(arn))!;

      await expect(vault.create("larger", credentials(65_537))).rejects.toThrow(TooLargeError);
      await expect(vault.replace(arn, credentials(65_537), version)).rejects.toThrow(/65537 bytes of JSON/);
      expect(await other.read(arn)).toEqual({ credentials: credentials(65_536), version });
    });

    it("behaves like a map in every history", async () => {
      const action = fc.record({
        type: fc.constantFrom("replace", "stale", "delete"),
        which: fc.nat(1),
        token: fc.string(),
      });

      await fc.assert(
        fc.asyncProperty(fc.array(action, { maxLength: 8 }), async (actions) => {
          const arns = [await vault.create("a", { token: "0" }), await vault.create("a", { token: "1" })];
          const model = new Map(arns.map((arn, n) => [arn, String(n)]));
          const past = new Map<string, string>();
          for (const { type, which, token } of actions) {
            const arn = arns[which]!;
            const version = (await other.read(arn))?.version ?? "gone";
            if (type === "delete") {
              await vault.delete(arn);
              model.delete(arn);
            } else if (type === "stale") {
              expect(await vault.replace(arn, { token }, past.get(arn) ?? "none")).toBe(false);
            } else {
              expect(await vault.replace(arn, { token }, version)).toBe(model.has(arn));
              if (model.has(arn)) model.set(arn, token);
              past.set(arn, version);
            }
            const expected = model.has(arn) ? { token: model.get(arn) } : undefined;
            expect((await other.read(arn))?.credentials).toEqual(expected);
          }
        }),
        { numRuns: 10 },
      );
    });
  });
}
