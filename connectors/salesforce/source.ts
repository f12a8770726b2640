import { ConnectorError, namedBy } from "#sdk";
import type { ReadableSource, Session } from "#sdk";
import { apiUrl } from "./client.ts";
import { describe, entities } from "./entities.ts";
import { defaultTimeField, openReader, transferApi } from "./reader.ts";
import { readRest, type RestCursor } from "./rest.ts";
import { fieldsOf, requireSObject, typeOf } from "./sobject.ts";

export const source: ReadableSource = {
  triggers: ["on-demand", "scheduled", "event"],
  minimumMinutes: 1,
  destinations: [
    "CustomerProfiles",
    "EventBridge",
    "Honeycode",
    "LookoutMetrics",
    "Redshift",
    "S3",
    "Marketo",
    "Salesforce",
    "Snowflake",
    "Upsolver",
    "Zendesk",
    "CustomConnector",
  ],
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

  async *read(session, query) {
    const reader = await openReader(session, query);
    yield* readRest(reader, (query.cursor as RestCursor | undefined) ?? { api: "rest" });
  },
};

/** Salesforce's clock tells whole seconds. */
async function readClock({ connection }: Session): Promise<number> {
  const request = { method: "GET", url: apiUrl(connection, "") } as const;
  const time = await connection.ask(request, ({ headers }) => Date.parse(headers.get("date") ?? ""));
  if (!Number.isNaN(time)) return time;
  throw new ConnectorError("ServerError", "Salesforce answered without a Date header, by which incremental runs go");
}
