import type { Flow } from "../../flow/flow.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { readInput } from "../read-input.ts";
import { UntagResourceRequest } from "../shapes.ts";
import { changeTags } from "./change-tags.ts";

/** Removes the tags of those keys; keys that are not there do not matter. */
export async function untagResource(body: Json, call: Call): Promise<JsonObject> {
  const { resourceArn, tagKeys } = readInput(UntagResourceRequest, body, call);
  const without = new Set(tagKeys);
  const change = (tags: Flow["tags"]) => Object.fromEntries(Object.entries(tags).filter(([key]) => !without.has(key)));
  await changeTags(resourceArn, { tagKeys, change }, call);
  return {};
}
