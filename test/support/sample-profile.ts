import type { ConnectorAbilities } from "../../src/connection/connector-abilities.ts";
import type { Profile } from "../../src/connection/profile.ts";
import type { Registration } from "../../src/connection/registration.ts";

/** A profile as CreateConnectorProfile stores it. */
export function sampleProfile(name: string, changes: Partial<Profile> = {}): Profile {
  return {
    name,
    arn: `arn:aws:appflow:eu-west-1:111122223333:connectorprofile/${name}`,
    connector: "Marketo",
    mode: "public",
    properties: { Marketo: { instanceUrl: "https://example.mktorest.com" } },
    credentialsArn: `arn:aws:secretsmanager:eu-west-1:111122223333:secret:appflow!111122223333-${name}-0123456789-abcdef`,
    createdAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    version: 1,
    ...changes,
  };
}

const SAMPLE_ABILITIES: ConnectorAbilities = {
  name: "Ledger",
  owner: "Example",
  version: "1.0",
  modes: ["source"],
  auth: ["api-key"],
  customAuth: [],
  settings: [{ key: "instanceUrl", required: true, values: [], type: "String", scope: "CONNECTOR_PROFILE" }],
  apiVersions: ["v1"],
  operators: ["PROJECTION", "NO_OP"],
  frequencies: ["DAILY"],
  triggers: ["scheduled"],
  writeOperations: ["INSERT"],
  transfers: ["RECORD"],
};

/** A connector as RegisterConnector stores it. */
export function sampleRegistration(label: string, changes: Partial<Registration> = {}): Registration {
  return {
    label,
    arn: `arn:aws:appflow:eu-west-1:111122223333:connector/${label}`,
    lambdaArn: "arn:aws:lambda:eu-west-1:111122223333:function:connector",
    configuration: SAMPLE_ABILITIES,
    registeredBy: "arn:aws:iam::111122223333:user/ops",
    registeredAt: 1_700_000_000_000,
    updatedAt: 1_700_000_000_000,
    version: 1,
    ...changes,
  };
}
