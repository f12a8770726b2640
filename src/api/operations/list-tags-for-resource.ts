import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { readInput } from "../read-input.ts";
import { ListTagsForResourceRequest } from "../shapes.ts";
import { findTaggedFlow } from "./find-tagged-flow.ts";

/** The tags of a flow. */
export async function listTagsForResource(body: Json, call: Call): Promise<JsonObject> {
  const { resourceArn } = readInput(ListTagsForResourceRequest, body, call);
  const { tags } = await findTaggedFlow(resourceArn, {}, call);
  return { tags };
}
