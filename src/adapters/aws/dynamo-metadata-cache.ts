import type { MetadataCache } from "../../connection/metadata-cache.ts";
import type { Json } from "../../sdk/json.ts";
import { TooLargeError } from "../../store/too-large-error.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { packBody, unpackBody } from "./item-body.ts";
import { EXPIRY_ATTRIBUTE, metadataKey, metadataOf } from "./table.ts";

/** Keeps metadata in the table. What no item can hold is not kept, and is asked for again. */
export function createDynamoMetadataCache(table: DynamoTable): MetadataCache {
  return {
    async get({ scope, entry }, now) {
      const item = await table.get(metadataKey(scope, entry));
      return item === undefined || Number(item["until"]) <= now ? undefined : (unpackBody(item["body"]) as Json);
    },

    async put({ scope, entry }, value, expiresAt) {
      const key = metadataKey(scope, entry);
      const body = packIfItFits(value);
      if (body === undefined) await table.deleteAll([key]);
      else await table.put({ ...key, until: expiresAt, body, [EXPIRY_ATTRIBUTE]: Math.ceil(expiresAt / 1000) });
    },

    async reset(scope, entry) {
      if (entry === undefined) await table.deleteEach({ pk: metadataOf(scope) });
      else await table.deleteAll([metadataKey(scope, entry)]);
    },
  };
}

function packIfItFits(value: Json): Uint8Array | undefined {
  try {
    return packBody(value, "The metadata");
  } catch (error) {
    if (error instanceof TooLargeError) return undefined;
    throw error;
  }
}
