import type { Connector } from "../sdk/connector.ts";
import type { Profile } from "./profile.ts";
import type { RegistrationStore } from "./registration-store.ts";
import { renewTokens, type RenewalPorts } from "./renew-tokens.ts";

export interface ProfileRenewalPorts extends Omit<RenewalPorts, "sheetOf"> {
  readonly registrations: Pick<RegistrationStore, "get">;
}

/** How the tokens of any profile are got. */
export function sheetsOf(
  connectors: readonly Connector[],
  registrations: ProfileRenewalPorts["registrations"],
): RenewalPorts["sheetOf"] {
  return async ({ connector: type, label, properties }, credentials) => {
    const connector = connectors.find((each) => each.type === type);
    const registration = label === undefined ? undefined : await registrations.get(label);
    const member = (properties[connector?.key ?? type] ?? {}) as typeof properties;
    return connector?.profile?.oauth?.(member, credentials, registration?.configuration.oauth2);
  };
}

/** Renews the tokens that a profile has at this moment. False when it has none. Otherwise as `renewTokens`. */
export async function renewProfile(
  profile: Profile,
  connectors: readonly Connector[],
  ports: ProfileRenewalPorts,
): Promise<boolean> {
  const { credentialsArn: arn } = profile;
  const sheetOf = sheetsOf(connectors, ports.registrations);
  const read = await ports.vault.read(arn);
  if (read === undefined || (await sheetOf(profile, read.credentials)) === undefined) return false;
  await renewTokens(profile.name, { arn, version: read.version }, { ...ports, sheetOf });
  return true;
}
