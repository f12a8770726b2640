import { createHash } from "node:crypto";
import {
  GetSecretValueCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";

/**
 * The name of the secret that holds the engine's key, beside the table of that name. The stack has Secrets Manager make it
 * up, so nobody has ever seen it.
 */
export function engineKeyName(table: string): string {
  return `millrace-engine-key/${table}`;
}

/** The engine's own key: 32 bytes, from which others are derived for each purpose. Fails when there is none. */
export async function readEngineKey(client: SecretsManagerClient, table: string): Promise<Uint8Array> {
  const name = engineKeyName(table);
  try {
    const { SecretString: text } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    if (text === undefined || text.length < MIN_LENGTH) throw new Error(`it holds less than ${MIN_LENGTH} characters`);
    return createHash("sha256").update(text).digest();
  } catch (cause) {
    const { name: error, message } = cause instanceof Error ? cause : { name: "Error", message: String(cause) };
    const advice =
      cause instanceof ResourceNotFoundException
        ? "Deploy the stack, which makes it with the table, or name the table of another."
        : "Let this process read the secret, and check that it is as the stack made it.";
    throw new Error(`Cannot read the engine's key, \`${name}\` (${error}: ${message.slice(0, 500)}). ${advice}`, {
      cause,
    });
  }
}

/** 64 of Secrets Manager's 62 letters and digits are more than 256 bits of chance. */
const MIN_LENGTH = 64;
