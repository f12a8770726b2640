import { ConnectorError, namedBy } from "#sdk";
import type { JsonObject, ReadableSource, Session } from "#sdk";
import { DESTINATIONS_WITH_EVENTS } from "../_shared/usual-destinations.ts";
import { type BulkCursor, readBulk } from "./bulk.ts";
import { apiUrl } from "./client.ts";
import { describe, entities } from "./entities.ts";
import { defaultTimeField, openReader, transferApi } from "./reader.ts";
import { readRest, type RestCursor } from "./rest.ts";
import { fieldsOf, requireSObject, typeOf } from "./sobject.ts";
import { type Slice, split } from "./split.ts";

export const source: ReadableSource = {
  triggers: ["on-demand", "scheduled", "event"],
  minimumMinutes: 1,
  destinations: DESTINATIONS_WITH_EVENTS,
  check: () => [],
  describeObject: namedBy("salesforce"),
  entities,
  describe,
  events: ({ object }) => ({
    // Salesforce's own event relay, and AppFlow's: https://help.salesforce.com/s/articleView?id=sf.ev_relay.htm
    source: "aws.partner/*salesforce.com/*",
    ...(typeof object === "string" && { detailType: object }),
    record: ["detail", "payload"],
  }),

  async fields({ connection }, settings) {
    const object = await requireSObject(connection, settings);
    const fields = fieldsOf(object, { compounds: transferApi(settings) !== "BULKV2" });
    return fields.map((field) => ({ name: field.name, type: typeOf(field) }));
  },

  incremental: {
    lagMs: 0,
    // A record has the time at which it was saved, and is seen when the transaction ends that saved it: ten minutes at most.
    lookbackMs: 15 * 60_000,
    clock: readClock,
    versions(settings, timeField = defaultTimeField(settings)) {
      return { key: "Id", version: timeField, time: timeField };
    },
  },

  split,

  async *read(session, query) {
    const slice = (query.slice as Slice | null) ?? wholeOf(query.settings);
    const reader = await openReader(session, query, slice.api === "rest" ? slice.where : []);
    const from = (query.cursor as RestCursor | BulkCursor | undefined) ?? startOf(slice);
    yield* from.api === "bulk" ? readBulk(reader, from) : readRest(reader, from);
  },
};

/** Of whoever looks at records without a run. */
function wholeOf(settings: JsonObject): Slice {
  return transferApi(settings) === "BULKV2" ? { api: "bulk" } : { api: "rest", where: [] };
}

function startOf(slice: Slice): RestCursor | BulkCursor {
  return slice.api === "rest" ? { api: "rest" } : slice;
}

/** Salesforce's clock tells whole seconds. */
async function readClock({ connection }: Session): Promise<number> {
  const request = { method: "GET", url: apiUrl(connection, "") } as const;
  const time = await connection.ask(request, ({ headers }) => Date.parse(headers.get("date") ?? ""));
  if (!Number.isNaN(time)) return time;
  throw new ConnectorError("ServerError", "Salesforce answered without a Date header, by which incremental runs go");
}
