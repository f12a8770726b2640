import { randomInt } from "node:crypto";
import type { DatabaseSync } from "node:sqlite";
import type { AccessKey, KeyStore } from "../../api/key-store.ts";
import { parsePolicy } from "../../api/parse-policy.ts";
import type { Policy } from "../../api/policy.ts";
import type { JsonObject } from "../../sdk/json.ts";
import { Secret } from "../../sdk/secret.ts";
import { transaction } from "./open-database.ts";
import { deriveKey, seal, unseal } from "./seal.ts";

/** Issues access keys, and keeps them. Changes take effect with the next request, in every process. */
export interface SealedKeyStore extends KeyStore {
  /** Makes a new key. */
  issue(key: NewKey): Promise<IssuedKey>;
  /** In the order in which they were issued. */
  list(): Promise<readonly IssuedKey[]>;
  /** A disabled key is not found, until it is enabled again. False when there is no such key. */
  setDisabled(id: string, disabled: boolean): Promise<boolean>;
  /** Gives a key other rights. False when there is no such key. */
  setPolicy(id: string, document: JsonObject): Promise<boolean>;
  /** False when there is no such key. */
  delete(id: string): Promise<boolean>;
}

export interface NewKey extends Pick<AccessKey, "user" | "access" | "expiresAt"> {
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  /** The policy as it was given; undefined for a key that may do all that its access allows. */
  readonly policyDocument?: JsonObject | undefined;
}

export interface IssuedKey extends AccessKey, NewKey {
  readonly disabled: boolean;
}

/**
 * Keeps access keys in the database that `openDatabase` gives, each sealed with the bytes of `openKeyFile`: who has the
 * database alone can neither read a secret nor give a key more rights. A sealed key opens under its own id only.
 */
export function createSealedKeyStore(database: DatabaseSync, key: Uint8Array): SealedKeyStore {
  const cipherKey = deriveKey(key, "access keys");
  const insert = database.prepare("INSERT INTO access_key (id, sealed) VALUES (?, ?)");
  const select = database.prepare("SELECT id, sealed FROM access_key WHERE id = ?");
  const all = database.prepare("SELECT id, sealed FROM access_key ORDER BY number");
  const update = database.prepare("UPDATE access_key SET sealed = ? WHERE id = ?");
  const remove = database.prepare("DELETE FROM access_key WHERE id = ?");

  const sealOf = (id: string) => ({ key: cipherKey, name: Buffer.from(id) });
  const sealed = (issued: IssuedKey) => seal(Buffer.from(textOf(issued)), sealOf(issued.id));
  const opened = (row: Record<string, unknown>) => {
    const id = String(row["id"]);
    return keyIn(unseal(row["sealed"] as Uint8Array, { ...sealOf(id), what: `The access key ${id}` }));
  };
  const get = (id: string) => {
    const row = select.get(id);
    return row === undefined ? undefined : opened(row);
  };
  const change = (id: string, changed: Partial<IssuedKey>) =>
    transaction(database, () => {
      const found = get(id);
      return found !== undefined && update.run(sealed({ ...found, ...changed }), id).changes === 1;
    });

  return {
    async find(id) {
      const found = get(id);
      return found === undefined || found.disabled ? undefined : found;
    },

    async issue(wanted) {
      const issued: IssuedKey = {
        ...wanted,
        id: `MLRC${randomText(ID_SIGNS, 16)}`,
        secret: new Secret(randomText(SECRET_SIGNS, 40)),
        disabled: false,
      };
      insert.run(issued.id, sealed(issued));
      return get(issued.id)!;
    },

    async list() {
      return all.all().map(opened);
    },

    async setDisabled(id, disabled) {
      return change(id, { disabled });
    },

    async setPolicy(id, policyDocument) {
      return change(id, { policyDocument });
    },

    async delete(id) {
      return remove.run(id).changes === 1;
    },
  };
}

/** The policy is read from its document each time. */
function textOf(key: IssuedKey): string {
  const { secret, policy: _, ...rest } = key;
  return JSON.stringify({ ...rest, secret: secret.reveal() });
}

function keyIn(content: Uint8Array): IssuedKey {
  const { secret, ...rest } = JSON.parse(Buffer.from(content).toString()) as Omit<IssuedKey, "secret" | "policy"> & {
    readonly secret: string;
  };
  const { policyDocument } = rest;
  return {
    ...rest,
    secret: new Secret(secret),
    ...(policyDocument !== undefined && { policy: policyIn(policyDocument) }),
  };
}

/** What another version of this program understood and this one does not allows nothing. */
function policyIn(document: JsonObject): Policy {
  const read = parsePolicy(document);
  return "policy" in read ? read.policy : { statements: [] };
}

/** The signs that AWS's keys are made of, so that every tool takes them. */
const ID_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function randomText(signs: string, length: number): string {
  return Array.from({ length }, () => signs[randomInt(signs.length)]).join("");
}
