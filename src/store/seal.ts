import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from "node:crypto";

/* Bytes that only the holder of a key can read, or change without being noticed. */

export interface Seal {
  /** From `deriveKey`. */
  readonly key: Uint8Array;
  /** What the bytes belong to. Under another name they do not open, so they cannot be put in another's place. */
  readonly name: Uint8Array;
}

/** Nonce, tag, ciphertext. */
export function seal(content: Uint8Array, { key, name }: Seal): Uint8Array {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(name);
  const text = Buffer.concat([cipher.update(content), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), text]);
}

/** `what` is what people call the bytes. Fails when they were changed, or sealed with another key or name. */
export function unseal(sealed: Uint8Array, { key, name, what }: Seal & { readonly what: string }): Uint8Array {
  try {
    const nonce = sealed.subarray(0, NONCE_BYTES);
    const tag = sealed.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES);
    const decipher = createDecipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES }).setAAD(name).setAuthTag(tag);
    return Buffer.concat([decipher.update(sealed.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch (cause) {
    throw new Error(`${what} cannot be opened: it was changed, or sealed with another key`, { cause });
  }
}

/** A key for one purpose, from which neither the key file's bytes nor the keys for other purposes can be told. */
export function deriveKey(key: Uint8Array, purpose: string): Uint8Array {
  return new Uint8Array(hkdfSync("sha256", key, new Uint8Array(), `millrace ${purpose}`, KEY_BYTES));
}

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = "aes-256-gcm";
