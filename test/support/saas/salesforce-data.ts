import type { JsonObject } from "../../../src/sdk/json.ts";
import type { Item } from "./evaluate-soql.ts";
import type { Reply } from "./stand-in.ts";

/** A field as describe tells of it; what is not given is as it is of most fields. */
export type DescribedField = JsonObject & { readonly name: string; readonly type: string };

export interface StoredObject {
  readonly fields: readonly DescribedField[];
  readonly items: Map<string, Item>;
}

/** What a query finds, in its order. */
export interface FoundRecords {
  readonly object: StoredObject;
  readonly name: string;
  readonly select: readonly string[];
  readonly found: readonly Item[];
}

export function refuse(status: number, errorCode: string, message: string): Reply {
  return { status, body: [{ errorCode, message }] };
}
