import type { Json } from "../sdk/json.ts";

/** What connectors told about their entities, for a while. Every process sees the same. */
export interface MetadataCache {
  /** Undefined when nothing is kept, or only until `now` or earlier. */
  get(key: MetadataKey, now: number): Promise<Json | undefined>;
  put(key: MetadataKey, value: Json, expiresAt: number): Promise<void>;
  /** Forgets the entry of that key; without an entry, everything of that scope. */
  reset(scope: string, entry?: string): Promise<void>;
}

export interface MetadataKey {
  /** A profile, or a connector without profiles. */
  readonly scope: string;
  /** What was asked for. */
  readonly entry: string;
}
