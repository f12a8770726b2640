import type { Flow } from "../../flow/flow.ts";
import type { Json, JsonObject } from "../../sdk/json.ts";
import type { Call } from "../context.ts";
import { ApiError } from "../problems.ts";
import { readInput } from "../read-input.ts";
import { TagResourceRequest } from "../shapes.ts";
import { changeTags } from "./change-tags.ts";

/** As many as a flow can have: https://docs.aws.amazon.com/appflow/1.0/APIReference/API_TagResource.html */
const MAX_TAGS = 50;

/** Adds tags to a flow, and replaces those of the same keys. */
export async function tagResource(body: Json, call: Call): Promise<JsonObject> {
  const { resourceArn, tags } = readInput(TagResourceRequest, body, call);
  const added = tags as Flow["tags"];
  await changeTags(
    resourceArn,
    { requestTags: added, change: (existing) => withinLimit({ ...existing, ...added }) },
    call,
  );
  return {};
}

function withinLimit(tags: Flow["tags"]): Flow["tags"] {
  const count = Object.keys(tags).length;
  if (count <= MAX_TAGS) return tags;
  throw new ApiError(
    "ValidationException",
    `tags: the flow would have ${count} tags, more than the limit, ${MAX_TAGS} — remove some first`,
  );
}
