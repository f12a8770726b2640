import { CreateTableCommand } from "@aws-sdk/client-dynamodb";
import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import { vi } from "vitest";
import { createDynamoClient } from "../../src/adapters/aws/dynamo-client.ts";
import { TABLE } from "../../src/adapters/aws/table.ts";

/** A client of a server that does not look at signatures. */
export function dynamoClient(endpoint: string): DynamoDBDocumentClient {
  vi.stubEnv("AWS_ACCESS_KEY_ID", "test");
  vi.stubEnv("AWS_SECRET_ACCESS_KEY", "test");
  return createDynamoClient({ region: "eu-west-1", endpoint });
}

/** Makes an empty table, and gives its name. */
export async function createTable(client: DynamoDBDocumentClient): Promise<string> {
  const TableName = `millrace-${++tables}`;
  await client.send(
    new CreateTableCommand({
      TableName,
      ...TABLE,
      AttributeDefinitions: [...TABLE.AttributeDefinitions],
      KeySchema: [...TABLE.KeySchema],
    }),
  );
  return TableName;
}

let tables = 0;
