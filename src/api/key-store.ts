import type { Secret } from "../sdk/secret.ts";
import type { Policy } from "./policy.ts";

/** The access keys that may sign requests. They are issued by us; AWS knows nothing of them. */
export interface KeyStore {
  /** Undefined when there is no such key, or it has been withdrawn. */
  find(accessKeyId: string): Promise<AccessKey | undefined>;
}

export interface AccessKey {
  readonly id: string;
  /** SigV4 computes with the secret itself, so no digest of it can stand in for it. */
  readonly secret: Secret;
  /** Whose key it is: the last part of the caller's ARN. */
  readonly user: string;
  readonly access: Access;
  /** What may be done with it, within its access; undefined for everything. */
  readonly policy?: Policy | undefined;
  /** Milliseconds since 1970; undefined for a key that does not expire. */
  readonly expiresAt?: number;
}

export type Access = "full" | "read-only";
