import { createHash } from "node:crypto";
import type { ObjectStore } from "../sdk/object-store.ts";

/** A list that is part of a stored item, or, when that would be too large, an object in the staging bucket. */
export type StowedList<Item> = { readonly list: readonly Item[] } | { readonly count: number; readonly sha256: string };

/** A folder of the staging bucket. */
export interface Stow {
  readonly objects: ObjectStore;
  readonly bucket: string;
  /** What the keys of its objects begin with. */
  readonly prefix: string;
}

/** DynamoDB holds 400 KB in an item; a list is one of several things in it. */
const LARGEST_INLINE = 64 * 1024;

/** Repeatable: the object's name is made of its content. */
export async function stowList<Item>(
  list: readonly Item[],
  { objects, bucket, prefix }: Stow,
): Promise<StowedList<Item>> {
  const bytes = Buffer.from(JSON.stringify(list));
  if (bytes.length <= LARGEST_INLINE) return { list };
  const sha256 = createHash("sha256").update(bytes).digest("hex");
  await objects.put(bucket, `${prefix}${sha256}.json`, bytes, { contentType: "application/json" });
  return { count: list.length, sha256 };
}

/** Fails when the object is not the one that was stowed. */
export async function unstowList<Item>(
  stowed: StowedList<Item>,
  { objects, bucket, prefix }: Stow,
): Promise<readonly Item[]> {
  if ("list" in stowed) return stowed.list;
  const key = `${prefix}${stowed.sha256}.json`;
  const hash = createHash("sha256");
  const chunks: Buffer[] = [];
  for await (const chunk of objects.read(bucket, key)) {
    hash.update(chunk);
    chunks.push(Buffer.from(chunk));
  }
  if (hash.digest("hex") !== stowed.sha256)
    throw new Error(`The object \`${bucket}/${key}\` is not what its name says.`);
  return JSON.parse(Buffer.concat(chunks).toString()) as Item[];
}

export function stowedCount(stowed: StowedList<unknown>): number {
  return "list" in stowed ? stowed.list.length : stowed.count;
}
