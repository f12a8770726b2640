import type { createDynamoStores } from "../adapters/aws/dynamo-stores.ts";
import type { Config } from "../config.ts";
import type { Vault } from "../connection/vault.ts";

/** What is kept on AWS in place of the data folder. */
export interface CloudStores {
  readonly stores: ReturnType<typeof createDynamoStores>;
  readonly vault: Vault;
  close(): void;
}

/** Opens stores in the DynamoDB table of that name, and a vault in Secrets Manager. Fails when the table cannot be read. */
export async function openCloudStores(table: string, config: Config): Promise<CloudStores> {
  // Loading the SDK takes longer than most commands; those that stay on this machine do without.
  const [{ createDynamoClient }, { createDynamoStores }, { createSecretsClient }, { createSecretsVault }] =
    await Promise.all([
      import("../adapters/aws/dynamo-client.ts"),
      import("../adapters/aws/dynamo-stores.ts"),
      import("../adapters/aws/secrets-client.ts"),
      import("../adapters/aws/secrets-vault.ts"),
    ]);
  const { region } = config.place;
  const documents = createDynamoClient({ region, endpoint: config.dynamoEndpoint });
  const secrets = createSecretsClient({ region, endpoint: config.secretsEndpoint });
  const stores = createDynamoStores(documents, table);
  // Whoever starts an engine is to hear of a table that is not there, and not whoever calls it.
  await stores.flows.count(1);
  return {
    stores,
    vault: createSecretsVault(secrets),
    close() {
      documents.destroy();
      secrets.destroy();
    },
  };
}
