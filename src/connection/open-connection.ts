import { ConnectorError } from "../sdk/connector-error.ts";
import type { Connector } from "../sdk/connector.ts";
import { Credentials } from "../sdk/credentials.ts";
import type { Connection } from "../sdk/http/connection.ts";
import { createConnection, type Opening } from "../sdk/http/create-connection.ts";
import { Pacer } from "../sdk/http/pacer.ts";
import type { PatienceOptions } from "../sdk/http/patience.ts";
import type { JsonObject } from "../sdk/json.ts";
import { createRedactor } from "../sdk/redact.ts";
import { expiryOf } from "./oauth-credentials.ts";
import { type ProfileRenewalPorts, sheetsOf } from "./renew-profile.ts";
import { renewTokens, type ReadCredentials } from "./renew-tokens.ts";

/** Until when something may go on that needs a connection. */
export type ConnectionScope = Pick<PatienceOptions, "signal" | "deadline" | "shouldStop">;

/**
 * Opens the connection that a profile of that name stands for at this moment. Fails with a `ConnectorError` where there is
 * no such profile, or no way to make requests with it.
 */
export type Connect = (connector: Connector, profile: string, scope: ConnectionScope) => Promise<Connection>;

export interface ConnectPorts extends Omit<ProfileRenewalPorts, "wait"> {
  readonly connectors: readonly Connector[];
  readonly wait: PatienceOptions["wait"];
  /** From 0 up to, not including, 1. */
  readonly chance: () => number;
}

/** Of whoever has no profiles. */
export const refuseProfiles: Connect = (_, profile) =>
  Promise.reject(missing(`There is no connector profile ${profile} here`));

interface StoredOpening extends Opening {
  readonly read: ReadCredentials;
}

/** The connections of one process: those of one profile keep its limits together. */
export function createConnect(ports: ConnectPorts): Connect {
  const pacers = new Map<string, Pacer>();
  return async (connector, name, scope) => {
    const profile = await ports.profiles.get(name);
    if (profile === undefined) throw missing(`There is no connector profile ${name}`);
    const sheet = connector.profile?.http;
    if (sheet === undefined || profile.connector !== connector.type) {
      throw missing(`The profile ${name} is of ${profile.connector}, and opens nothing that ${connector.label} reads`);
    }
    const stored = await ports.vault.read(profile.credentialsArn);
    if (stored === undefined) throw missing(`The credentials of the profile ${name} are gone`);
    const properties = (profile.properties[connector.key] ?? {}) as JsonObject;
    const sheetOf = sheetsOf(ports.connectors, ports.registrations);
    const open = (read: ReadCredentials): StoredOpening => openingOf(connector, properties, read);
    // A profile that was made anew is another one, with other credentials.
    const key = JSON.stringify([name, profile.createdAt]);
    const pacer = pacers.get(key) ?? new Pacer(sheet.limits ?? []);
    pacers.set(key, pacer);
    return createConnection<StoredOpening>({
      ...scope,
      sheet,
      pacer,
      send: ports.send,
      now: ports.now,
      wait: ports.wait,
      chance: ports.chance,
      opening: open({ ...stored, arn: profile.credentialsArn }),
      renew: async ({ read }) => open(await renewTokens(name, read, { ...ports, sheetOf })),
    });
  };
}

function openingOf({ profile }: Connector, properties: JsonObject, read: ReadCredentials): StoredOpening {
  const credentials = new Credentials(read.credentials);
  const expiresAt = expiryOf(profile?.oauth?.(properties, read.credentials), read.credentials);
  return {
    read,
    profile: { properties, credentials },
    redact: createRedactor(credentials.all()),
    ...(expiresAt !== undefined && { expiresAt }),
  };
}

function missing(message: string): ConnectorError {
  return new ConnectorError("InvalidArgument", `${message} — name another one, or make it`);
}
