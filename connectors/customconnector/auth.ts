import { ConnectorError, type JsonObject, type OAuthDefaults, type OAuthSheet } from "#sdk";

const GRANTS = {
  AUTHORIZATION_CODE: "authorization-code",
  CLIENT_CREDENTIALS: "client-credentials",
  JWT_BEARER: "jwt-bearer",
} as const;

/** What is known of the properties, once their shape is checked. */
interface Properties {
  readonly tokenUrl: string;
  readonly oAuth2GrantType: keyof typeof GRANTS;
  readonly tokenUrlCustomProperties?: Readonly<Record<string, string>>;
}

/** As the profile and the registered connector say it: https://github.com/awslabs/aws-appflow-custom-connector-python */
export function oauth(
  { oAuth2Properties }: JsonObject,
  { authenticationType }: JsonObject,
  registered?: OAuthDefaults,
): OAuthSheet | undefined {
  if (authenticationType !== "OAUTH2" || !oAuth2Properties) return undefined;
  const { tokenUrl, oAuth2GrantType, tokenUrlCustomProperties } = oAuth2Properties as unknown as Properties;
  const grant = GRANTS[oAuth2GrantType];
  const scope = grant === "client-credentials" ? (registered?.scopes ?? []).join(" ") : "";
  return {
    grant,
    tokenUrl: checked(tokenUrl, registered?.tokenUrls ?? []),
    method: registered?.method ?? "POST",
    content: registered?.encoding === "json" ? "json" : "form",
    client: registered?.basicHeader === true ? "basic" : "body",
    parameters: { ...(scope !== "" && { scope }), ...tokenUrlCustomProperties },
  };
}

/** The members in which connectors read their secret, by authenticationType. */
const KEPT = { OAUTH2: "oauth2", APIKEY: "apiKey", BASIC: "basic" } as const;

/** In the form that connectors read from their secret; the type stays, for us. */
export function keep(credentials: JsonObject): JsonObject {
  const type = credentials["authenticationType"] as keyof typeof KEPT | "CUSTOM";
  if (type !== "CUSTOM") return { authenticationType: type, ...(credentials[KEPT[type]] as JsonObject) };
  const { credentialsMap, ...custom } = credentials["custom"] as JsonObject;
  return { authenticationType: type, ...(credentialsMap as JsonObject | undefined), ...custom };
}

/** Codes and secrets go where the connector says, not where a profile says: a name in a template may be anything but a host's end. */
function checked(tokenUrl: string, templates: readonly string[]): URL {
  const url = URL.parse(tokenUrl);
  if (url === null) throw new ConnectorError("InvalidArgument", "oAuth2Properties.tokenUrl: it is not a URL");
  if (templates.length === 0 || templates.some((template) => patternOf(template).test(tokenUrl))) return url;
  throw new ConnectorError(
    "InvalidArgument",
    `oAuth2Properties.tokenUrl: "${tokenUrl}" is not the connector's — use ${templates.join(" or ")}`,
  );
}

function patternOf(template: string): RegExp {
  const parts = template.split(/\{\{\w+\}\}/).map((part) => RegExp.escape(part));
  return new RegExp(`^${parts.join("[\\w.-]+")}$`);
}
