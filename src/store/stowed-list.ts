import { LARGEST_INLINE, stowObject, unstowObject } from "./stowed-bytes.ts";
import type { Stow, StowedObject } from "./stowed-bytes.ts";

/** A list that is part of a stored item, or, when that would be too large, an object in the staging bucket. */
export type StowedList<Item> = { readonly list: readonly Item[] } | (StowedObject & { readonly count: number });

const JSON_TEXT = { extension: "json", contentType: "application/json" };

/** Repeatable: the object's name is made of its content. */
export async function stowList<Item>(list: readonly Item[], stow: Stow): Promise<StowedList<Item>> {
  const bytes = Buffer.from(JSON.stringify(list));
  if (bytes.length <= LARGEST_INLINE) return { list };
  return { count: list.length, ...(await stowObject(bytes, stow, JSON_TEXT)) };
}

/** Fails when the object is not the one that was stowed. */
export async function unstowList<Item>(stowed: StowedList<Item>, stow: Stow): Promise<readonly Item[]> {
  if ("list" in stowed) return stowed.list;
  return JSON.parse((await unstowObject(stowed, stow, JSON_TEXT)).toString()) as Item[];
}

export function stowedCount(stowed: StowedList<unknown>): number {
  return "list" in stowed ? stowed.list.length : stowed.count;
}
