import { DeleteTableCommand, UpdateTableCommand } from "@aws-sdk/client-dynamodb";
import {
  DeleteSecretCommand,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from "@aws-sdk/client-secrets-manager";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createDynamoProfileStore } from "./dynamo-profile-store.ts";
import { tableError } from "./dynamo-error.ts";
import { openTable } from "./dynamo-table.ts";
import { engineKeyName } from "./engine-key.ts";
import { createSecretsVault } from "./secrets-vault.ts";

export interface StackDataClients {
  readonly documents: DynamoDBDocumentClient;
  readonly secrets: SecretsManagerClient;
}

/**
 * Deletes what outlives a stack, for good: the credentials of all profiles, the key that opens what is sealed in the table, and
 * at last the table, so that what was interrupted can be done again. Answers with how many profiles there were.
 */
export async function deleteStackData(name: string, { documents, secrets }: StackDataClients): Promise<number> {
  const profiles = await deleteCredentials(name, { documents, secrets });
  await deleteEngineKey(name, secrets);
  try {
    await documents.send(new UpdateTableCommand({ TableName: name, DeletionProtectionEnabled: false }));
    await documents.send(new DeleteTableCommand({ TableName: name }));
  } catch (error) {
    throw tableError(error, name, "delete");
  }
  return profiles;
}

async function deleteCredentials(name: string, { documents, secrets }: StackDataClients): Promise<number> {
  const store = createDynamoProfileStore(openTable(documents, name));
  const vault = createSecretsVault(secrets);
  let count = 0;
  for (let page = await store.list(PAGE, {}); page.length > 0;) {
    for (const { credentialsArn } of page) await vault.delete(credentialsArn);
    count += page.length;
    page = await store.list(PAGE, { after: page.at(-1)!.name });
  }
  return count;
}

const PAGE = 100;

async function deleteEngineKey(name: string, secrets: SecretsManagerClient): Promise<void> {
  try {
    await secrets.send(new DeleteSecretCommand({ SecretId: engineKeyName(name), ForceDeleteWithoutRecovery: true }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) throw error;
  }
}
