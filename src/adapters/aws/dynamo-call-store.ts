import type { CallStore, RememberedCall } from "../../store/remembered-call.ts";
import { TOKEN_LIFE_MS } from "../../store/remembered-call.ts";
import type { WriteResult } from "../../store/write-result.ts";
import type { Action, DynamoTable } from "./dynamo-table.ts";
import { packBody, unpackBody } from "./item-body.ts";
import { callKey, EXPIRY_ATTRIBUTE } from "./table.ts";

/** Reads the calls that are remembered in the table. */
export function createDynamoCallStore(table: DynamoTable): CallStore {
  return {
    async find(token, since) {
      const item = await table.get(callKey(token));
      return item === undefined || Number(item["at"]) <= since
        ? undefined
        : (unpackBody(item["body"]) as RememberedCall);
    },
  };
}

/** Carries out actions, and remembers the call with them. */
export async function rememberingWrite(
  table: DynamoTable,
  actions: readonly Action[],
  call: RememberedCall | undefined,
): Promise<WriteResult> {
  const all = call === undefined ? actions : [...actions, remember(call)];
  const failed = await table.write(all);
  if (failed.length === 0) return "done";
  return failed.includes(actions.length) ? "repeated" : "refused";
}

function remember(call: RememberedCall): Action {
  const { token, at } = call;
  return {
    put: {
      ...callKey(token),
      at,
      body: packBody(call, "The answer to remember"),
      [EXPIRY_ATTRIBUTE]: Math.ceil((at + TOKEN_LIFE_MS) / 1000),
    },
    if: { expression: "attribute_not_exists(#pk) OR #at <= :since", values: { ":since": at - TOKEN_LIFE_MS } },
  };
}
