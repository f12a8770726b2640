import { connectors } from "../../connectors/index.ts";
import { ApiError, errorResponse } from "../api/problems.ts";
import { readBody, readJson } from "../api/read-json.ts";
import { checkFlow } from "../app.ts";
import { readCheckConfig } from "../config.ts";
import { answerHttpEvents } from "./http-event.ts";

const { allowedBuckets } = readCheckConfig();

/**
 * `POST /check-flow` with the body of a CreateFlow call: answers `{"problems": [{path, message, remedy}]}`, an empty list
 * for a flow that could be created. Makes nothing and needs no permission.
 */
export const handler = answerHttpEvents(async (request) => {
  try {
    const checked = checkFlow(readJson(await readBody(request)), { connectors, strict: false, allowedBuckets });
    return Response.json({ problems: "problems" in checked ? checked.problems : [] });
  } catch (error) {
    if (error instanceof ApiError) return errorResponse(error);
    throw error;
  }
});
