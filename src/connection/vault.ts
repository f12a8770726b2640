import type { JsonObject } from "../sdk/json.ts";

/** Where credentials are kept: the only place that has them. Reads see every earlier write. */
export interface Vault {
  /** Keeps new credentials and gives the ARN by which they are found. The name only helps people to recognise them. */
  create(name: string, credentials: JsonObject, kmsArn?: string): Promise<string>;
  /** Undefined when there are none. */
  read(arn: string): Promise<StoredCredentials | undefined>;
  /** Replaces the credentials of that version; false when they are of another version, or gone. */
  replace(arn: string, credentials: JsonObject, version: string): Promise<boolean>;
  /** Forgets credentials; no error when there are none. */
  delete(arn: string): Promise<void>;
}

export interface StoredCredentials {
  readonly credentials: JsonObject;
  /** Another for each replacement. */
  readonly version: string;
}
