import { randomInt } from "node:crypto";
import type { JsonObject } from "../sdk/json.ts";
import { Secret } from "../sdk/secret.ts";
import { deriveKey, seal, unseal } from "../store/seal.ts";
import type { IssuedKey, NewKey } from "./key-issuer.ts";
import { parsePolicy } from "./parse-policy.ts";
import type { Policy } from "./policy.ts";

/** Makes access keys as they are stored, and reads them. */
export interface KeySealer {
  seal(key: IssuedKey): Uint8Array;
  /** Fails when the key was changed, sealed with other bytes, or sealed under another id. */
  open(id: string, sealed: Uint8Array): IssuedKey;
}

/**
 * Seals access keys with the engine's own key: who has what is stored alone can neither read a secret nor give a key more
 * rights. A sealed key opens under its own id only.
 */
export function createKeySealer(key: Uint8Array): KeySealer {
  const cipherKey = deriveKey(key, "access keys");
  const sealOf = (id: string) => ({ key: cipherKey, name: Buffer.from(id) });
  return {
    seal: (issued) => seal(Buffer.from(textOf(issued)), sealOf(issued.id)),
    open: (id, sealed) => keyIn(unseal(sealed, { ...sealOf(id), what: `The access key ${id}` })),
  };
}

/** A key with an id and a secret that nobody has seen. */
export function newKey(wanted: NewKey): IssuedKey {
  return {
    ...wanted,
    id: `MLRC${randomText(ID_SIGNS, 16)}`,
    secret: new Secret(randomText(SECRET_SIGNS, 40)),
    disabled: false,
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
