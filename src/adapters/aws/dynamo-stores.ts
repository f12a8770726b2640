import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { createDynamoCallStore } from "./dynamo-call-store.ts";
import { createDynamoFlowStore } from "./dynamo-flow-store.ts";
import { createDynamoInbox } from "./dynamo-inbox.ts";
import { createDynamoMetadataCache } from "./dynamo-metadata-cache.ts";
import { createDynamoOutbox } from "./dynamo-outbox.ts";
import { createDynamoProfileStore } from "./dynamo-profile-store.ts";
import { createDynamoRegistrationStore } from "./dynamo-registration-store.ts";
import { createDynamoRunStore } from "./dynamo-run-store.ts";
import { openTable } from "./dynamo-table.ts";

/** Everything that the control plane keeps, but credentials, in the DynamoDB table of that name. */
export function createDynamoStores(client: DynamoDBDocumentClient, tableName: string) {
  const table = openTable(client, tableName);
  return {
    flows: createDynamoFlowStore(table),
    runs: createDynamoRunStore(table),
    outbox: createDynamoOutbox(table),
    inbox: createDynamoInbox(table),
    calls: createDynamoCallStore(table),
    profiles: createDynamoProfileStore(table),
    registrations: createDynamoRegistrationStore(table),
    metadata: createDynamoMetadataCache(table),
  };
}
