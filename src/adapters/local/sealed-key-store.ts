import { randomInt } from "node:crypto";
import type { Access, AccessKey, KeyStore } from "../../api/key-store.ts";
import { Secret } from "../../sdk/secret.ts";
import type { SealedFile } from "./sealed-file.ts";

/** Keeps access keys in a sealed file. Changes take effect with the next request, in every process. */
export interface SealedKeyStore extends KeyStore {
  /** Makes a new key. Only here does its secret come out. */
  issue(user: string, access: Access): Promise<AccessKey>;
  /** In the order in which they were issued. */
  list(): Promise<readonly AccessKey[]>;
  /** Lets a key expire, in milliseconds since 1970: so a new one can take over before. False when there is no such key. */
  expire(id: string, expiresAt: number): Promise<boolean>;
  /** False when there is no such key. */
  withdraw(id: string): Promise<boolean>;
}

export function createSealedKeyStore(file: SealedFile): SealedKeyStore {
  const read = async () => keysIn(await file.read());
  const write = (keys: readonly AccessKey[]) => file.write(Buffer.from(JSON.stringify(keys.map(stored))));

  return {
    async find(accessKeyId) {
      return (await read()).find(({ id }) => id === accessKeyId);
    },

    async issue(user, access) {
      const key: AccessKey = {
        id: `MLRC${randomText(ID_SIGNS, 16)}`,
        secret: new Secret(randomText(SECRET_SIGNS, 40)),
        user,
        access,
      };
      await write([...(await read()), key]);
      return key;
    },

    list: read,

    async expire(id, expiresAt) {
      const keys = await read();
      if (!keys.some((key) => key.id === id)) return false;
      await write(keys.map((key) => (key.id === id ? { ...key, expiresAt } : key)));
      return true;
    },

    async withdraw(id) {
      const keys = await read();
      const others = keys.filter((key) => key.id !== id);
      if (others.length === keys.length) return false;
      await write(others);
      return true;
    },
  };
}

interface StoredKey extends Omit<AccessKey, "secret"> {
  readonly secret: string;
}

function stored(key: AccessKey): StoredKey {
  return { ...key, secret: key.secret.reveal() };
}

function keysIn(content: Uint8Array | undefined): readonly AccessKey[] {
  if (content === undefined) return [];
  const keys = JSON.parse(Buffer.from(content).toString()) as readonly StoredKey[];
  return keys.map((key) => ({ ...key, secret: new Secret(key.secret) }));
}

/** The signs that AWS's keys are made of, so that every tool takes them. */
const ID_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const SECRET_SIGNS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

function randomText(signs: string, length: number): string {
  return Array.from({ length }, () => signs[randomInt(signs.length)]).join("");
}
