import type { AuthKind } from "../sdk/profile-sheet.ts";

/** What a registered connector can do, as its function told. Plain JSON; names of operators and the like are AppFlow's. */
export interface ConnectorAbilities {
  readonly name: string;
  readonly owner?: string;
  readonly version?: string;
  readonly modes: readonly ("source" | "destination")[];
  readonly auth: readonly AuthKind[];
  readonly oauth2?: OAuth2Defaults;
  readonly customAuth: readonly CustomAuth[];
  readonly settings: readonly RuntimeSetting[];
  readonly apiVersions: readonly string[];
  readonly operators: readonly string[];
  readonly frequencies: readonly string[];
  readonly triggers: readonly ("on-demand" | "scheduled")[];
  readonly writeOperations: readonly string[];
  readonly transfers: readonly string[];
  readonly logoUrl?: string;
}

/** How tokens are got and renewed. Addresses may have places to fill in: `https://{{SUBDOMAIN}}.example/token`. */
export interface OAuth2Defaults {
  readonly scopes: readonly string[];
  readonly tokenUrls: readonly string[];
  readonly authUrls: readonly string[];
  readonly grants: readonly string[];
  readonly encoding: "url-encoded" | "json";
  readonly method: "POST" | "GET";
  /** The client's id and secret are sent as a Basic header. */
  readonly basicHeader: boolean;
  readonly parameters: readonly OAuth2Parameter[];
}

/** Something that a user fills in. */
interface AskedValue {
  readonly key: string;
  readonly required: boolean;
  readonly label?: string;
  readonly description?: string;
  /** The values that there are to choose from. */
  readonly values: readonly string[];
}

export interface OAuth2Parameter extends AskedValue {
  readonly place: "token" | "auth";
  readonly sensitive: boolean;
}

export interface CustomAuth {
  readonly type: string;
  readonly parameters: readonly (AskedValue & { readonly sensitive: boolean })[];
}

export interface RuntimeSetting extends AskedValue {
  readonly type: string;
  /** Of a profile, or of a flow's source, destination or both. */
  readonly scope: string;
}
