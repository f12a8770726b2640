import { randomBytes } from "node:crypto";
import { ScanCommand } from "@aws-sdk/lib-dynamodb";
import { afterAll, beforeAll, describe } from "vitest";
import { createDynamoKeyStore } from "../../../src/adapters/aws/dynamo-key-store.ts";
import { openTable } from "../../../src/adapters/aws/dynamo-table.ts";
import { accessKeyKey } from "../../../src/adapters/aws/table.ts";
import { keyIssuerContract } from "../../contract/key-issuer.ts";
import { createTable, dynamoClient } from "../../support/dynamo-table.ts";
import { type DynoxideServer, dynoxideMissing, startDynoxide } from "../../support/dynoxide-server.ts";

const missing = dynoxideMissing();
const skipped = missing === undefined ? "" : `, skipped because ${missing}`;

describe.skipIf(missing !== undefined)(`access keys in DynamoDB${skipped}`, () => {
  let server: DynoxideServer;

  beforeAll(async () => {
    server = await startDynoxide();
  });

  afterAll(() => server.stop());

  keyIssuerContract("DynamoDB (dynoxide)", async () => {
    const clients = [dynamoClient(server.endpoint), dynamoClient(server.endpoint)] as const;
    const name = await createTable(clients[0]);
    const table = openTable(clients[0], name);
    const key = randomBytes(32);
    return {
      store: createDynamoKeyStore(clients[0], name, key),
      other: createDynamoKeyStore(clients[1], name, key),
      stranger: createDynamoKeyStore(clients[1], name, randomBytes(32)),
      async bytes() {
        const { Items: items = [] } = await clients[0].send(new ScanCommand({ TableName: name }));
        return items.map(({ sk, sealed }) => `${sk}${Buffer.from(sealed as Uint8Array).toString("latin1")}`).join("");
      },
      async swap(from, to) {
        await table.put({ ...(await table.get(accessKeyKey(from)))!, ...accessKeyKey(to) });
      },
      async close() {
        for (const client of clients) client.destroy();
      },
    };
  });
});
