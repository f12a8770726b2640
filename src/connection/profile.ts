import type { JsonObject } from "../sdk/json.ts";
import type { AuthKind } from "../sdk/profile-sheet.ts";

/** A connection to a system. A plain JSON value; its credentials are in the vault. */
export interface Profile {
  readonly name: string;
  readonly arn: string;
  /** AppFlow's ConnectorType. */
  readonly connector: string;
  /** Of a registered connector: which one. */
  readonly label?: string;
  readonly mode: "public" | "private";
  /** The member `connectorProfileProperties` as it was sent, in canonical spelling. Nothing in it is secret. */
  readonly properties: JsonObject;
  /** Of a registered connector: how its credentials authenticate. */
  readonly authentication?: AuthKind;
  /** The vault's name for the credentials. */
  readonly credentialsArn: string;
  readonly kmsArn?: string;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
  readonly updatedAt: number;
  /** Counts the writes of this item; a write that expects another number is refused. */
  readonly version: number;
}
