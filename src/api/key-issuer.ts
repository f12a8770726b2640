import type { JsonObject } from "../sdk/json.ts";
import type { AccessKey, KeyStore } from "./key-store.ts";

/** Issues access keys, and keeps them. Changes take effect with the next request, in every process. */
export interface KeyIssuer extends KeyStore {
  /** Makes a new key. */
  issue(key: NewKey): Promise<IssuedKey>;
  /** The oldest first. */
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
