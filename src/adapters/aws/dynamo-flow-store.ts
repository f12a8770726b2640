import type { FlowStore } from "../../flow/flow-store.ts";
import { type Flow, profilesOf } from "../../flow/flow.ts";
import { TooLargeError } from "../../store/too-large-error.ts";
import { putEvents } from "./dynamo-outbox.ts";
import type { DynamoTable } from "./dynamo-table.ts";
import { createThings } from "./dynamo-things.ts";
import { LISTS } from "./table.ts";

/** Keeps flows in the table. */
export function createDynamoFlowStore(table: DynamoTable): FlowStore {
  const things = createThings<Flow>(table, {
    kind: "flow",
    nameOf: (flow) => flow.name,
    listsOf: (flow) => [LISTS.flows, ...profilesIn(flow).map(LISTS.flowsUsing)],
  });
  return {
    ...things,
    update: (flow, call, events) => things.update(flow, call, putEvents(events)),
    list: (limit, after) => things.list(LISTS.flows, limit, after),
    usingProfile: (profile, limit) => things.names(LISTS.flowsUsing(profile), limit),
    count: (limit) => table.count(LISTS.flows, limit),
  };
}

/** So that a transaction can take a flow from the lists of that many profiles, and put it into those of as many others. */
const MAX_PROFILES = 45;

function profilesIn(flow: Flow): readonly string[] {
  const profiles = profilesOf(flow);
  if (profiles.length <= MAX_PROFILES) return profiles;
  throw new TooLargeError(
    `The flow \`${flow.name}\` uses ${profiles.length} profiles; ${MAX_PROFILES} can be stored — divide its destinations among flows`,
  );
}
