import type { DynamoDBDocumentClient } from "@aws-sdk/lib-dynamodb";
import type { IssuedKey, KeyIssuer } from "../../api/key-issuer.ts";
import { createKeySealer, newKey } from "../../api/sealed-key.ts";
import { TableError } from "./dynamo-error.ts";
import { type Item, openTable } from "./dynamo-table.ts";
import { ACCESS_KEYS, accessKeyKey } from "./table.ts";

/** Keeps access keys in the table, each sealed with the engine's key (engine-key.ts). */
export function createDynamoKeyStore(client: DynamoDBDocumentClient, tableName: string, key: Uint8Array): KeyIssuer {
  const table = openTable(client, tableName);
  const sealer = createKeySealer(key);
  const opened = ({ sk, sealed }: Item) => sealer.open(sk, sealed as Uint8Array);

  /** Whoever changes a key at the same time is not overwritten. */
  const change = async (id: string, changed: Partial<IssuedKey>) => {
    for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
      const stored = await table.get(accessKeyKey(id));
      if (stored === undefined) return false;
      const sealed = sealer.seal({ ...opened(stored), ...changed });
      const unchanged = { expression: "#sealed = :before", values: { ":before": stored["sealed"] } } as const;
      const failed = await table.write([{ update: accessKeyKey(id), set: { sealed }, if: unchanged }]);
      if (failed.length === 0) return true;
    }
    throw new TableError(`The access key ${id} changed with every attempt to change it. Try again later.`, {
      passes: true,
    });
  };

  return {
    async find(id) {
      const item = await table.get(accessKeyKey(id));
      const found = item && opened(item);
      return found?.disabled === false ? found : undefined;
    },

    async issue(wanted) {
      const issued = newKey(wanted);
      const item = { ...accessKeyKey(issued.id), sealed: sealer.seal(issued) };
      await table.write([{ put: item, if: { expression: "attribute_not_exists(#pk)" } }]);
      return opened(item);
    },

    async list() {
      const keys = (await table.query({ pk: ACCESS_KEYS })).map(opened);
      return keys.toSorted((a, b) => a.createdAt - b.createdAt);
    },

    async setDisabled(id, disabled) {
      return change(id, { disabled });
    },

    async setPolicy(id, policyDocument) {
      return change(id, { policyDocument });
    },

    async delete(id) {
      const failed = await table.write([{ delete: accessKeyKey(id), if: { expression: "attribute_exists(#pk)" } }]);
      return failed.length === 0;
    },
  };
}

const ATTEMPTS = 10;
