import type { Json, JsonObject } from "../../sdk/json.ts";
import { registeredDetail } from "../connector-configuration.ts";
import type { Call } from "../context.ts";
import { DEFAULT_PAGE } from "../pages.ts";
import { EVERYTHING, permit } from "../permit.ts";
import { readInput } from "../read-input.ts";
import { ListConnectorsRequest } from "../shapes.ts";
import { registeredType } from "./registered-type.ts";

const LIST = "registered connectors";

/** The registered connectors, in the order of their labels. */
export async function listConnectors(body: Json, call: Call): Promise<JsonObject> {
  const { maxResults = DEFAULT_PAGE, nextToken } = readInput(ListConnectorsRequest, body, call);
  permit(EVERYTHING, call);
  const after = nextToken === undefined ? undefined : (call.pages.open(LIST, nextToken) as string);
  const found = await call.registrations.list(maxResults + 1, after);
  const page = found.slice(0, maxResults);
  const last = page.at(-1);

  return {
    connectors: page.map((registration) => registeredDetail(registration, registeredType(call))),
    ...(last !== undefined && found.length > page.length && { nextToken: call.pages.seal(LIST, last.label) }),
  };
}
