import { createHash } from "node:crypto";
import type { ObjectStore } from "../sdk/object-store.ts";

/** Bytes that are part of a stored item, or, when they would be too many, an object in the staging bucket. */
export type StowedBytes = { readonly base64: string } | StowedObject;

/** An object whose name is made of its content. */
export interface StowedObject {
  readonly sha256: string;
}

/** A folder of the staging bucket. */
export interface Stow {
  readonly objects: ObjectStore;
  readonly bucket: string;
  /** What the keys of its objects begin with. */
  readonly prefix: string;
}

/** DynamoDB holds 400 KB in an item; what is stowed is one of several things in it. */
export const LARGEST_INLINE = 64 * 1024;

const BYTES = { extension: "bin", contentType: "application/octet-stream" };

/** Repeatable, like everything that is stowed. */
export async function stowBytes(bytes: Uint8Array, stow: Stow): Promise<StowedBytes> {
  if (bytes.length <= LARGEST_INLINE / 2) return { base64: Buffer.from(bytes).toString("base64") };
  return stowObject(bytes, stow, BYTES);
}

/** Fails when the object is not the one that was stowed. */
export async function unstowBytes(stowed: StowedBytes, stow: Stow): Promise<Buffer> {
  if ("base64" in stowed) return Buffer.from(stowed.base64, "base64");
  return unstowObject(stowed, stow, BYTES);
}

export interface StowedType {
  readonly extension: string;
  readonly contentType: string;
}

export async function stowObject(bytes: Uint8Array, stow: Stow, type: StowedType): Promise<StowedObject> {
  const stowed = { sha256: createHash("sha256").update(bytes).digest("hex") };
  await stow.objects.put(stow.bucket, keyOf(stowed, stow, type), bytes, { contentType: type.contentType });
  return stowed;
}

export async function unstowObject(stowed: StowedObject, stow: Stow, type: StowedType): Promise<Buffer> {
  const key = keyOf(stowed, stow, type);
  const hash = createHash("sha256");
  const chunks: Buffer[] = [];
  for await (const chunk of stow.objects.read(stow.bucket, key)) {
    hash.update(chunk);
    chunks.push(Buffer.from(chunk));
  }
  if (hash.digest("hex") === stowed.sha256) return Buffer.concat(chunks);
  throw new Error(`The object \`${stow.bucket}/${key}\` is not what its name says.`);
}

function keyOf({ sha256 }: StowedObject, { prefix }: Stow, { extension }: StowedType): string {
  return `${prefix}${sha256}.${extension}`;
}
