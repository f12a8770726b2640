import type { ReachedConnector } from "../connection/ask-connector.ts";
import { ConnectorFunctionError } from "../connection/connector-function.ts";
import { validateCredentials, validateSettings } from "../connection/custom-connector.ts";
import { firstCredentials, renewedCredentials } from "../connection/oauth-credentials.ts";
import type { Registration } from "../connection/registration.ts";
import type { OAuthSheet } from "../sdk/auth/oauth-sheet.ts";
import { CONNECTOR_ERRORS, ConnectorError } from "../sdk/connector-error.ts";
import { limitTime } from "../sdk/http/limit-time.ts";
import type { AuthKind } from "../sdk/profile-sheet.ts";
import type { ConnectionContext } from "./context.ts";
import { ApiError, joinSentences } from "./problems.ts";
import type { ReadProfile } from "./read-profile.ts";

export interface WantedCredentials extends ReadProfile {
  /** What people recognise the secret by. */
  readonly name: string;
  readonly kmsArn: string | undefined;
  /** Of a registered connector. */
  readonly registration: Registration | undefined;
}

type Ports = Pick<ConnectionContext, "vault" | "send" | "functions" | "wait" | "now">;

/** Whoever called the API waits for it. */
const LONGEST_REQUEST_MS = 25_000;

/**
 * Puts a profile's credentials into the vault, with the tokens that a code is good for, and gives their ARN. A registered
 * connector is asked whether it takes them: it reads them itself, so they must be there before. Nothing is left in the
 * vault on failure, which is the service's exception.
 */
export async function keepCredentials(wanted: WantedCredentials, ports: Ports): Promise<string> {
  const { name, kmsArn, registration } = wanted;
  const quick = { ...ports, send: limitTime(LONGEST_REQUEST_MS)(ports.send) };
  try {
    const { credentials, sheet } = await obtain(wanted, quick);
    const arn = await ports.vault.create(name, credentials, kmsArn);
    try {
      if (registration !== undefined) await askConnector(registration, wanted, { arn, sheet }, quick);
      return arn;
    } catch (error) {
      await ports.vault.delete(arn);
      throw error;
    }
  } catch (error) {
    throw profileFailure(error);
  }
}

/** How a registered connector's credentials authenticate, by the words of its profiles. */
export const AUTHENTICATION: Readonly<Record<string, AuthKind>> = {
  OAUTH2: "oauth2",
  APIKEY: "api-key",
  BASIC: "basic",
  CUSTOM: "custom",
};

async function obtain({ connector, properties, credentials, registration }: WantedCredentials, ports: Ports) {
  const { profile, label } = connector;
  const kept = profile?.keep?.(credentials) ?? credentials;
  const sheet = profile?.oauth?.(properties, kept, registration?.configuration.oauth2);
  if (sheet !== undefined) return { credentials: await firstCredentials(sheet, kept, ports), sheet };
  if (kept["oAuthRequest"] === undefined) return { credentials: kept, sheet };
  throw new ConnectorError("InvalidArgument", `Nobody exchanges codes for ${label} — give the tokens themselves`);
}

async function askConnector(
  registration: Registration,
  { properties, credentials }: WantedCredentials,
  { arn, sheet }: { readonly arn: string; readonly sheet: OAuthSheet | undefined },
  ports: Ports,
): Promise<void> {
  const { configuration, lambdaArn } = registration;
  const authentication = AUTHENTICATION[credentials["authenticationType"] as string]!;
  const settings = (properties["profileProperties"] ?? {}) as Readonly<Record<string, string>>;
  if (!configuration.auth.includes(authentication)) {
    throw new ConnectorError("InvalidArgument", `${configuration.name} does not authenticate by ${authentication}`);
  }
  const connector: ReachedConnector = {
    functions: ports.functions,
    lambdaArn,
    wait: ports.wait,
    // Nobody else knows these credentials yet, so nobody else renews them.
    ...(sheet !== undefined && { renew: () => renewAlone(sheet, arn, ports) }),
  };
  await validateCredentials(connector, { secretArn: arn, authentication }, settings);
  const problems = await validateSettings(connector, "CONNECTOR_PROFILE", settings, authentication);
  if (problems.length === 0) return;
  const sentences = problems.map(({ path, message }) => `${message} (profileProperties.${path})`);
  throw new ConnectorError("InvalidArgument", `Validation exception: ${joinSentences(sentences, "; ")}`);
}

async function renewAlone(sheet: OAuthSheet, arn: string, ports: Ports): Promise<boolean> {
  const read = await ports.vault.read(arn);
  if (read === undefined) return false;
  const renewed = await renewedCredentials(sheet, read.credentials, ports);
  return ports.vault.replace(arn, renewed, read.version);
}

/** The operations about profiles know no ConnectorServerException: what is not the request's fault is the connection's. */
function profileFailure(error: unknown): unknown {
  if (error instanceof ConnectorError && CONNECTOR_ERRORS[error.code].fault === "settings") {
    return new ApiError("ValidationException", error.message, { cause: error });
  }
  if (error instanceof ConnectorError || error instanceof ConnectorFunctionError) {
    const what = `Error while authenticating to connector: ${error.message}`;
    return new ApiError("ConnectorAuthenticationException", what, { cause: error });
  }
  return error;
}
