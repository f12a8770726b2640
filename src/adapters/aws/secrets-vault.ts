import { randomBytes, randomUUID } from "node:crypto";
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  type DescribeSecretCommandOutput,
  GetSecretValueCommand,
  InvalidParameterException,
  InvalidRequestException,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
  UpdateSecretVersionStageCommand,
} from "@aws-sdk/client-secrets-manager";
import { SECRET_PREFIX, secretName } from "../../connection/secret-name.ts";
import { secretText } from "../../connection/secret-text.ts";
import type { Vault } from "../../connection/vault.ts";
import type { JsonObject } from "../../sdk/json.ts";

const PREFIX = SECRET_PREFIX.secretsManager;

/** By this tag an operator tells our secrets from others, and a policy can. Tags that begin with `aws:` are AWS's to give. */
export const OWNER_TAG = { Key: "millrace:owner", Value: "millrace" } as const;

const CURRENT = "AWSCURRENT";
const PREVIOUS = "AWSPREVIOUS";
/** What a version is called that is to be the current one. It stays on one that was refused, which nobody reads. */
const NEXT = "MILLRACENEXT";

/** Keeps credentials in Secrets Manager, each in a secret of its own: plain JSON, as connectors' Lambda functions read it. */
export function createSecretsVault(client: SecretsManagerClient): Vault {
  const describe = (arn: string) => orUndefined(client.send(new DescribeSecretCommand({ SecretId: arn })));

  return {
    async create(name, credentials, kmsArn) {
      const Name = `${PREFIX}${secretName(name, randomBytes(8).toString("hex"))}`;
      const SecretString = secretText(credentials);
      return explained(`create the secret ${Name}`, async () => {
        const command = new CreateSecretCommand({ Name, SecretString, KmsKeyId: kmsArn, Tags: [OWNER_TAG] });
        try {
          return (await client.send(command)).ARN!;
        } catch (error) {
          // Nobody else makes this name: the request was sent twice, and the answer to the first was lost.
          if (!(error instanceof ResourceExistsException)) throw error;
          return (await client.send(new DescribeSecretCommand({ SecretId: Name }))).ARN!;
        }
      });
    },

    async read(arn) {
      return explained(`read the secret ${arn}`, async () => {
        const command = new GetSecretValueCommand({ SecretId: arn, VersionStage: CURRENT });
        const found = await unlessGone(client.send(command), () => describe(arn));
        if (found === undefined) return undefined;
        return { credentials: credentialsOf(found.SecretString), version: found.VersionId! };
      });
    },

    /**
     * The new version is written beside the current one. What decides is the move of the label `AWSCURRENT`: Secrets Manager
     * refuses it unless the label is on the version that it is to be taken from
     * (https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html).
     */
    async replace(arn, credentials, version) {
      const SecretString = secretText(credentials);
      return explained(`replace the secret ${arn}`, async () => {
        // A secret holds a hundred versions: what is refused anyhow is not to become one.
        if (!stagesOf(await describe(arn), version).includes(CURRENT)) return false;
        const next = randomUUID();
        const write = { SecretId: arn, SecretString, ClientRequestToken: next, VersionStages: [NEXT] };
        const written = await unlessGone(client.send(new PutSecretValueCommand(write)), () => describe(arn));
        if (written === undefined) return false;
        const move = { VersionStage: CURRENT, RemoveFromVersionId: version, MoveToVersionId: next };
        try {
          const command = new UpdateSecretVersionStageCommand({ SecretId: arn, ...move });
          return (await unlessGone(client.send(command), () => describe(arn))) !== undefined;
        } catch (error) {
          if (!(error instanceof InvalidParameterException)) throw error;
          // Either another was quicker, or it was moved and the answer was lost: then it is the current version, or was.
          const stages = stagesOf(await describe(arn), next);
          return stages.includes(CURRENT) || stages.includes(PREVIOUS);
        }
      });
    },

    async delete(arn) {
      await explained(`delete the secret ${arn}`, async () => {
        const command = new DeleteSecretCommand({ SecretId: arn, ForceDeleteWithoutRecovery: true });
        await unlessGone(client.send(command), () => describe(arn));
      });
    },
  };
}

function credentialsOf(text: string | undefined): JsonObject {
  try {
    return JSON.parse(text!) as JsonObject;
  } catch {
    // What the parser says quotes the secret.
    throw new Error("it is not JSON");
  }
}

function stagesOf(secret: DescribeSecretCommandOutput | undefined, version: string): readonly string[] {
  return new Map(Object.entries(secret?.VersionIdsToStages ?? {})).get(version) ?? [];
}

/** Undefined when there is no such secret. */
async function orUndefined<Answer>(request: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await request;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) return undefined;
    throw error;
  }
}

/** Undefined when there is no such secret, or when it is being deleted, which takes Secrets Manager a while. */
async function unlessGone<Answer>(
  request: Promise<Answer>,
  describe: () => Promise<DescribeSecretCommandOutput | undefined>,
): Promise<Answer | undefined> {
  try {
    return await orUndefined(request);
  } catch (error) {
    if (!(error instanceof InvalidRequestException)) throw error;
    const secret = await describe();
    if (secret === undefined || secret.DeletedDate !== undefined) return undefined;
    throw error;
  }
}

const CREDENTIALS = "Give this process credentials that are valid.";
const KEY = "Let this process's role use the KMS key, and check that the key is enabled.";

/** What Secrets Manager calls its errors: https://docs.aws.amazon.com/secretsmanager/latest/apireference/CommonErrors.html */
const ADVICE: ReadonlyMap<string, string> = new Map([
  ["AccessDeniedException", `Allow this process's role the action on \`${PREFIX}*\`, and the use of the KMS key.`],
  ["DecryptionFailure", KEY],
  ["EncryptionFailure", KEY],
  ["UnrecognizedClientException", CREDENTIALS],
  ["InvalidSignatureException", CREDENTIALS],
  ["ExpiredTokenException", CREDENTIALS],
  ["CredentialsProviderError", CREDENTIALS],
]);

/** What Secrets Manager answers names keys and rules, but never values. */
async function explained<Result>(doing: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (cause) {
    const name = cause instanceof Error ? cause.name : String(cause);
    const text = cause instanceof Error ? cause.message : "";
    const advice = ADVICE.get(name) ?? "Try again later.";
    throw new Error(`Cannot ${doing} (${name}: ${text.slice(0, 500)}). ${advice}`, { cause });
  }
}
