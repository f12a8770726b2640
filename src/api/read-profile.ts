import { isProfileSecret } from "../connection/secret-name.ts";
import type { Connector } from "../sdk/connector.ts";
import type { JsonObject } from "../sdk/json.ts";
import type { Problem } from "../sdk/problem.ts";
import { ApiError, joinSentences } from "./problems.ts";
import { ConnectorProfileCredentials, ConnectorProfileProperties } from "./profile-shapes.ts";
import { inputError } from "./read-input.ts";
import type { StructureShape } from "./shape.ts";
import { type Fault, validate } from "./validate.ts";
import { memberPath } from "./wire-path.ts";

/** The member `connectorProfileConfig`, whose shape is checked. */
export interface ProfileConfig {
  readonly connectorProfileProperties: object;
  readonly connectorProfileCredentials?: object;
}

/** What a profile holds of its connector. */
export interface ReadProfile {
  readonly connector: Connector;
  readonly properties: JsonObject;
  readonly credentials: JsonObject;
}

/** Reads the part of a profile that its connector understands. Fails with everything that is wrong with it. */
export function readProfile(config: ProfileConfig, connector: Connector): ReadProfile {
  const { profile, key, label } = connector;
  if (profile === undefined) {
    throw new ApiError("ValidationException", `${label} needs no connector profile — leave it out of the flow`);
  }
  const parts = [PROPERTIES, CREDENTIALS].map((part) => ({
    ...part,
    given: (config[part.member] ?? {}) as JsonObject,
  }));
  const strays = parts.flatMap(({ member, given }) => strayMembers(member, given, connector));
  const faults = parts.flatMap((part) => missingMembers(part, key));
  if (faults.length > 0) throw inputError(faults, strays.map(sentence));

  const [properties, credentials] = parts.map(({ given }) => (given[key] ?? {}) as JsonObject);
  const found = [...profile.check(properties!, credentials!), ...checkClientSecret(credentials!)];
  const problems = [...found.map((problem) => inRequest(problem, key)), ...strays];
  if (problems.length > 0) throw profileError(problems);
  return { connector, properties: properties!, credentials: credentials! };
}

/** Some connectors' profiles name a secret of the user's with the client's id and secret. */
function checkClientSecret({ clientCredentialsArn: arn }: JsonObject): readonly Problem[] {
  if (typeof arn !== "string" || !isProfileSecret(arn)) return [];
  return [
    {
      path: "credentials.clientCredentialsArn",
      message: "it names the credentials of a connector profile, which are for that profile alone",
      remedy: "name a secret of your own, with clientId and clientSecret",
    },
  ];
}

interface Part {
  readonly member: keyof ProfileConfig;
  readonly shape: StructureShape;
}

const PROPERTIES: Part = { member: "connectorProfileProperties", shape: ConnectorProfileProperties };
const CREDENTIALS: Part = { member: "connectorProfileCredentials", shape: ConnectorProfileCredentials };

/** The service's exception for a profile that is refused. The words at its start are the service's. */
function profileError(problems: readonly Problem[]): ApiError {
  return new ApiError("ValidationException", `Validation exception: ${joinSentences(problems.map(sentence), "; ")}`);
}

/** The message comes first: people search for the service's. */
function sentence({ path, message, remedy }: Problem): string {
  return `${message} (${path})${remedy === undefined ? "" : ` — ${remedy}`}`;
}

function strayMembers(member: string, given: JsonObject, { key, label }: Connector): readonly Problem[] {
  return Object.keys(given)
    .filter((name) => name !== key)
    .map((name) => ({
      path: memberPath(`connectorProfileConfig.${member}`, name),
      message: `it belongs to another connector than ${label}`,
      remedy: `name it ${key}, or choose the connectorType that it belongs to`,
    }));
}

/** A connector's member that is left out is as good as an empty one, where nothing in it is required. */
function missingMembers(
  { member, shape, given }: Part & { readonly given: JsonObject },
  key: string,
): readonly Fault[] {
  const expected = shape.members.get(key)?.shape;
  if (expected === undefined || given[key] !== undefined) return [];
  const path = `connectorProfileConfig.${member}.${key}`;
  return validate(expected, {}).map((fault) => ({ ...fault, path: `${path}.${fault.path}` }));
}

/** Connectors call the two parts `properties` and `credentials`. */
function inRequest(problem: Problem, key: string): Problem {
  const path = problem.path.replace(/^(properties|credentials)\b/, (part) => {
    const { member } = part === "properties" ? PROPERTIES : CREDENTIALS;
    return `connectorProfileConfig.${member}.${key}`;
  });
  return { ...problem, path };
}
